import type { Actor, EventEnvelope } from '@portcullis/contracts';

/** A fact in the domain's words: what `decide` returns and `evolve` takes. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** What every event of one command shares. Times and ids come in as data, so that tests are exact. */
export interface EventMetadata {
  readonly tenantId: string;
  readonly actor: Actor;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
}

/** A complete event on its way into a stream; the store gives it its place. */
export type NewEvent<Type extends string = string, Data = unknown> = Omit<
  EventEnvelope<Type, Data>,
  'stream' | 'position' | 'gateway'
>;

/**
 * An event as stored. `position` is its place in its stream, from 1; `globalPosition` its place among all events of
 * the store: later commits never get a lower one than what a reader has already seen.
 */
export type RecordedEvent<Type extends string = string, Data = unknown> = EventEnvelope<Type, Data> & {
  readonly globalPosition: number;
};
