import type { Actor } from '@portcullis/contracts';
import type { Command, Decider, DomainEvent, EventMetadata, NewEvent, RecordedEvent, StreamStore } from '@portcullis/eventing';
import { foldEvents, Rejection } from '@portcullis/eventing';
import type { SqlSession } from '@portcullis/postgres';
import { policyCatalogue } from './policy-catalogue.js';

/** One attempt at one command, in one transaction. */
export interface CommandContext {
  readonly tenantId: string;
  readonly actor: Actor;
  /** RFC 3339, UTC. */
  readonly now: string;
  readonly newId: () => string;
  readonly session: SqlSession;
  readonly streams: StreamStore;
  readonly metadata: EventMetadata;
}

export interface Change<State, C extends Command, E extends DomainEvent> {
  readonly stream: string;
  readonly decider: Decider<State, C, E>;
  readonly command: C;
  /**
   * Rows that belong to the events, written before them: the append comes last, because it makes every other append
   * wait. Not called when nothing happens.
   */
  readonly alongside?: (events: readonly E[], before: State) => Promise<void>;
}

export interface Changed {
  /** The stream before and after the command. */
  readonly before: readonly RecordedEvent[];
  readonly after: readonly RecordedEvent[];
  /** Global position of the stream's last event. */
  readonly position: number;
}

/**
 * Loads, decides, appends. A stream of another organization does not exist for this one: its events are not even
 * folded.
 */
export async function changeStream<State, C extends Command, E extends DomainEvent>(
  context: CommandContext,
  { stream, decider, command, alongside }: Change<State, C, E>,
): Promise<Changed> {
  const { events: before, version } = await readOwn(context, stream);
  const state = foldEvents(decider, before as unknown as E[]);
  const decided = decider.decide(command, state);
  if (decided.length === 0) return { before, after: before, position: before.at(-1)?.globalPosition ?? 0 };
  const events = policyCatalogue.complete(decided, context.metadata, context.newId);
  await alongside?.(decided, state);
  const { globalPosition } = await context.streams.append(stream, events, { expectedVersion: version });
  return { before, after: [...before, ...recorded(stream, events, version, globalPosition)], position: globalPosition };
}

/** The events of a stream when it belongs to the context's organization; else as if there were none. */
export async function readOwn(
  { streams, tenantId }: Pick<CommandContext, 'streams' | 'tenantId'>,
  stream: string,
): Promise<{ events: readonly RecordedEvent[]; version: number }> {
  const read = await streams.read(stream);
  const owner = read.events[0]?.tenantId;
  if (owner !== undefined && owner !== tenantId) return { events: [], version: 0 };
  return read;
}

function recorded(stream: string, events: readonly NewEvent[], version: number, last: number): RecordedEvent[] {
  return events.map((event, index) => ({
    ...event,
    stream,
    position: version + 1 + index,
    globalPosition: last - events.length + 1 + index,
  }));
}

/** For ids that lead nowhere, or to another organization: the two must look alike. */
export function notFound(area: string, what: string): Rejection {
  return new Rejection(`${area}.not_found`, 'not_found', `No such ${what}.`);
}
