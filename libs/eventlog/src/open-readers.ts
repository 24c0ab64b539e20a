import { EventLogError } from './event-log-error.js';
import type { RunningReader } from './event-log.js';

/** The readers of one client, so that closing the client stops them. */
export class OpenReaders {
  readonly #readers = new Set<RunningReader>();
  #closed = false;

  assertOpen(): void {
    if (this.#closed) throw new EventLogError('eventlog.closed', 'The event log is closed.');
  }

  async add(reader: RunningReader): Promise<RunningReader> {
    if (this.#closed) {
      await reader.stop();
      this.assertOpen();
    }
    const tracked: RunningReader = {
      stop: async () => {
        await reader.stop();
        this.#readers.delete(tracked);
      },
    };
    this.#readers.add(tracked);
    return tracked;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#readers].map((reader) => reader.stop()));
  }
}
