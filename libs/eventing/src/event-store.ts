import type { NewEvent, RecordedEvent } from './event.js';

/**
 * The version of a stream is the number of its events: 0 means there is none. `any` appends at the end whatever it
 * is, and is only right for events that stay true whatever else happened.
 */
export type ExpectedVersion = number | 'any';

export interface AppendOptions {
  readonly expectedVersion: ExpectedVersion;
}

export interface AppendResult {
  /** Version of the stream after the append. */
  readonly version: number;
  /** Global position of the last event appended. */
  readonly globalPosition: number;
}

export interface Stream {
  readonly events: readonly RecordedEvent[];
  readonly version: number;
}

export interface ReadOptions {
  /** Only events after this version, which the reader has: it must have been a version of the stream. */
  readonly after?: number;
}

/** The part of a store that takes part in a transaction. */
export interface StreamStore {
  /**
   * Stores all events or none. Throws `VersionConflict` when the stream is not at the expected version, and refuses
   * an empty list and an event id that is already stored.
   */
  append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult>;
  read(stream: string, options?: ReadOptions): Promise<Stream>;
}

export interface EventStore extends StreamStore {
  /**
   * Events after a global position, in order. A reader that goes on from the last position it got misses nothing,
   * however commits overtake each other. An empty answer proves that everything committed before the call was
   * already known.
   */
  readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]>;
  /**
   * Id of the event at a global position; null when there is none. For readers that hold what they have read: a store
   * brought back to an earlier moment gives positions out again.
   */
  idAt(globalPosition: number): Promise<string | null>;
  /** Global position of the last committed event; 0 when there is none. */
  lastPosition(): Promise<number>;
  /**
   * A hint that there may be something to read. Hints may be lost, repeated and late: readers poll as well. Returns
   * the way to stop.
   */
  subscribe(listener: () => void): () => void;
}

/** What a reader needs to follow all events. */
export type EventFeed = Pick<EventStore, 'readAll' | 'idAt' | 'subscribe'>;

/** Somebody else wrote the stream first. Load again and decide again. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  readonly code = 'eventing.version_conflict';

  constructor(
    readonly stream: string,
    readonly expected: number,
    /** Version found; null when the store only knows that it was another. */
    readonly actual: number | null,
  ) {
    super(`Stream ${stream} is not at version ${expected}.`);
  }
}
