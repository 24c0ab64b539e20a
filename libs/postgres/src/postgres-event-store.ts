import type {
  AppendOptions,
  AppendResult,
  EventStore,
  NewEvent,
  ReadOptions,
  RecordedEvent,
  Stream,
  StreamStore,
} from '@portcullis/eventing';
import { Upcasters, VersionConflict } from '@portcullis/eventing';
import type { Database } from './database.js';
import { violatedUnique } from './database-errors.js';
import { NotificationListener } from './notification-listener.js';
import type { SqlSession } from './sql-session.js';
import { identifier } from './sql-session.js';

export interface PostgresEventStoreOptions {
  readonly database: Database;
  /** For the connection that listens; the pool's connections cannot. */
  readonly url: string;
  readonly schema: string;
  readonly upcasters?: Upcasters;
}

interface EventRow {
  global_position: string;
  stream: string;
  position: number;
  id: string;
  type: string;
  version: number;
  tenant_id: string;
  occurred_at: string;
  actor: RecordedEvent['actor'];
  correlation_id: string;
  causation_id: string | null;
  traceparent: string | null;
  data: unknown;
}

const COLUMNS =
  'global_position, stream, position, id, type, version, tenant_id, occurred_at, actor, correlation_id, causation_id, traceparent, data';

/**
 * Appends are serialized by the row that counts global positions, held until commit: positions are dense and become
 * visible in their order, so that a reader's last position proves it has seen everything before (ADR 0002). An
 * append inside a longer transaction therefore belongs at its end.
 */
export class PostgresEventStore implements EventStore {
  private readonly schema: string;
  private readonly channel: string;
  private readonly upcasters: Upcasters;
  private readonly listener: NotificationListener;

  constructor(private readonly options: PostgresEventStoreOptions) {
    this.schema = identifier(options.schema);
    this.channel = `${this.schema}_events`;
    this.upcasters = options.upcasters ?? new Upcasters();
    this.listener = new NotificationListener(options.url, this.channel);
  }

  append(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    return this.options.database.transaction((session) => this.appendIn(session, stream, events, options));
  }

  read(stream: string, options?: ReadOptions): Promise<Stream> {
    return this.readIn(this.options.database, stream, options);
  }

  /** The same store inside a transaction of `Database.transaction`. */
  within(session: SqlSession): StreamStore {
    return {
      append: (stream, events, options) => this.appendIn(session, stream, events, options),
      read: (stream, options) => this.readIn(session, stream, options),
    };
  }

  async readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]> {
    const rows = await this.options.database.query<EventRow>(
      `select ${COLUMNS} from ${this.schema}.events where global_position > $1 order by global_position limit $2`,
      [afterPosition, limit],
    );
    return rows.map((row) => this.recorded(row));
  }

  async idAt(globalPosition: number): Promise<string | null> {
    const [row] = await this.options.database.query<{ id: string }>(
      `select id from ${this.schema}.events where global_position = $1`,
      [globalPosition],
    );
    return row?.id ?? null;
  }

  async lastPosition(): Promise<number> {
    const [row] = await this.options.database.query<{ last_position: string }>(
      `select last_position from ${this.schema}.event_position`,
    );
    return Number(row?.last_position ?? 0);
  }

  subscribe(listener: () => void): () => void {
    return this.listener.subscribe(listener);
  }

  /** Ends the listening connection; the database stays open. */
  async close(): Promise<void> {
    await this.listener.close();
  }

  private async readIn(
    session: SqlSession,
    stream: string,
    { after = 0 }: ReadOptions = {},
  ): Promise<Stream> {
    const rows = await session.query<EventRow>(
      `select ${COLUMNS} from ${this.schema}.events where stream = $1 and position > $2 order by position`,
      [stream, after],
    );
    return { events: rows.map((row) => this.recorded(row)), version: rows.at(-1)?.position ?? after };
  }

  private async appendIn(
    session: SqlSession,
    stream: string,
    events: readonly NewEvent[],
    { expectedVersion }: AppendOptions,
  ): Promise<AppendResult> {
    if (events.length === 0) throw new Error('An append needs at least one event.');
    const [counter] = await session.query<{ last_position: string }>(
      `update ${this.schema}.event_position set last_position = last_position + $1 returning last_position`,
      [events.length],
    );
    // A statement of its own: its snapshot is taken after the counter's lock, so it sees every append before this one.
    const [found] = await session.query<{ version: number }>(
      `select coalesce(max(position), 0)::integer as version from ${this.schema}.events where stream = $1`,
      [stream],
    );
    const version = found?.version ?? 0;
    if (expectedVersion !== 'any' && expectedVersion !== version) {
      throw new VersionConflict(stream, expectedVersion, version);
    }
    const globalPosition = Number(counter?.last_position);
    const column = (value: (event: NewEvent, index: number) => unknown) => events.map(value);
    try {
      await session.query(
        `with stored as (
           insert into ${this.schema}.events (${COLUMNS})
           select global_position, $1, position, id, type, version, tenant_id, occurred_at, actor::json, correlation_id,
             causation_id, traceparent, data::json
           from unnest($2::bigint[], $3::integer[], $4::uuid[], $5::text[], $6::integer[], $7::text[], $8::text[],
             $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
             as event (global_position, position, id, type, version, tenant_id, occurred_at, actor, correlation_id,
               causation_id, traceparent, data)
         )
         select pg_notify($14, $15)`,
        [
          stream,
          column((_, index) => globalPosition - events.length + 1 + index),
          column((_, index) => version + 1 + index),
          column((event) => event.id),
          column((event) => event.type),
          column((event) => event.version),
          column((event) => event.tenantId),
          column((event) => event.occurredAt),
          column((event) => JSON.stringify(event.actor)),
          column((event) => event.correlationId),
          column((event) => event.causationId),
          column((event) => event.traceparent),
          column((event) => JSON.stringify(event.data)),
          this.channel,
          String(globalPosition),
        ],
      );
    } catch (error) {
      if (violatedUnique(error) === 'events_id')
        throw new Error('An event with this id is already stored.', { cause: error });
      throw error;
    }
    return { version: version + events.length, globalPosition };
  }

  private recorded(row: EventRow): RecordedEvent {
    return this.upcasters.upcast({
      id: row.id,
      type: row.type,
      version: row.version,
      tenantId: row.tenant_id,
      stream: row.stream,
      position: row.position,
      occurredAt: row.occurred_at,
      actor: row.actor,
      correlationId: row.correlation_id,
      causationId: row.causation_id,
      traceparent: row.traceparent,
      data: row.data,
      globalPosition: Number(row.global_position),
    });
  }
}
