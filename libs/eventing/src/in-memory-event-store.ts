import type { NewEvent, RecordedEvent } from './event.js';
import type { AppendOptions, AppendResult, EventStore, ReadOptions, Stream } from './event-store.js';
import { VersionConflict } from './event-store.js';
import { Upcasters } from './upcasters.js';

/** Events travel as JSON everywhere; nothing else may come back from here either. */
function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** For tests and tools; passes the same contract suite as the real one. */
export class InMemoryEventStore implements EventStore {
  readonly #all: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  readonly #ids = new Set<string>();
  readonly #listeners = new Set<() => void>();

  constructor(private readonly upcasters = new Upcasters()) {}

  append(
    stream: string,
    events: readonly NewEvent[],
    { expectedVersion }: AppendOptions,
  ): Promise<AppendResult> {
    return Promise.resolve().then(() => {
      const stored = this.#streams.get(stream) ?? [];
      if (events.length === 0) throw new Error('An append needs at least one event.');
      if (expectedVersion !== 'any' && expectedVersion !== stored.length) {
        throw new VersionConflict(stream, expectedVersion, stored.length);
      }
      const ids = new Set(events.map((event) => event.id));
      if (ids.size < events.length || events.some((event) => this.#ids.has(event.id))) {
        throw new Error('An event with this id is already stored.');
      }
      for (const event of events) {
        const recorded = copied({
          ...event,
          stream,
          position: stored.length + 1,
          globalPosition: this.#all.length + 1,
        });
        stored.push(recorded);
        this.#all.push(recorded);
        this.#ids.add(event.id);
      }
      this.#streams.set(stream, stored);
      for (const listener of this.#listeners) listener();
      return { version: stored.length, globalPosition: this.#all.length };
    });
  }

  read(stream: string, { after = 0 }: ReadOptions = {}): Promise<Stream> {
    const stored = this.#streams.get(stream) ?? [];
    return Promise.resolve({
      events: stored.slice(after).map((event) => this.#out(event)),
      version: Math.max(after, stored.length),
    });
  }

  readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]> {
    return Promise.resolve(
      this.#all.slice(afterPosition, afterPosition + limit).map((event) => this.#out(event)),
    );
  }

  idAt(globalPosition: number): Promise<string | null> {
    return Promise.resolve(this.#all[globalPosition - 1]?.id ?? null);
  }

  lastPosition(): Promise<number> {
    return Promise.resolve(this.#all.length);
  }

  subscribe(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #out(event: RecordedEvent): RecordedEvent {
    return this.upcasters.upcast(copied(event));
  }
}
