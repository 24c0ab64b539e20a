import type { Actor } from '@portcullis/contracts';
import type {
  Command,
  Decider,
  DomainEvent,
  EventMetadata,
  NewEvent,
  RecordedEvent,
  StreamStore,
} from '@portcullis/eventing';
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

/** What is known of a stream without reading it: events that fold to the same state as all of them up to a version. */
export interface KnownStream {
  readonly events: readonly RecordedEvent[];
  readonly version: number;
}

export interface Change<State, C extends Command, E extends DomainEvent> {
  readonly stream: string;
  readonly decider: Decider<State, C, E>;
  readonly command: C;
  /** Of the context's own organization. */
  readonly known?: KnownStream | undefined;
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
  { stream, decider, command, known, alongside }: Change<State, C, E>,
): Promise<Changed> {
  await takeTurn(context.session, stream);
  const { events: before, version } = known
    ? await readOn(context, stream, known)
    : await readOwn(context, stream);
  const state = foldEvents(decider, before as unknown as E[]);
  const decided = decider.decide(command, state);
  if (decided.length === 0) return { before, after: before, position: before.at(-1)?.globalPosition ?? 0 };
  const events = policyCatalogue.complete(decided, context.metadata, context.newId);
  await alongside?.(decided, state);
  const { globalPosition } = await context.streams.append(stream, events, { expectedVersion: version });
  return {
    before,
    after: [...before, ...recorded(stream, events, version, globalPosition)],
    position: globalPosition,
  };
}

/**
 * Commands on one stream come one after another: deciding again for the loser of each race would take longer. What keeps
 * a stream right is the expected version alone.
 */
async function takeTurn(session: SqlSession, stream: string): Promise<void> {
  await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `portcullis.policy.stream.${stream}`,
  ]);
}

async function readOn({ streams }: CommandContext, stream: string, known: KnownStream): Promise<KnownStream> {
  const { events, version } = await streams.read(stream, { after: known.version });
  return { events: [...known.events, ...events], version };
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

function recorded(
  stream: string,
  events: readonly NewEvent[],
  version: number,
  last: number,
): RecordedEvent[] {
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
