import type { EventLog } from '../event-log.js';
import { record } from './numbered-records.js';

/** Appends numbered records until it is stopped. */
export class Writer {
  #stopping = false;
  #written = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly topic: string,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<number> {
    this.#stopping = true;
    await this.#running;
    return this.#written;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await this.log.append(
        Array.from({ length: 10 }, (_, i) => record(this.topic, `k${i}`, this.#written + i)),
      );
      this.#written += 10;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
