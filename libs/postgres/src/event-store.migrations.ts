import type { Migration } from './migrations.js';
import { identifier } from './sql-session.js';

/** Tables of `PostgresEventStore` and `OutboxRelay` in a service's schema. */
export function eventStoreMigrations(schemaName: string): Migration[] {
  const schema = identifier(schemaName);
  const series = 'event-store';
  return [
    {
      series,
      name: '0001_create_events',
      // `data` is json, not jsonb: what was stored is what is read, key order included.
      sql: `
create table ${schema}.events (
  global_position bigint primary key,
  stream text not null,
  position integer not null,
  id uuid not null,
  type text not null,
  version integer not null,
  tenant_id text not null,
  occurred_at text not null,
  actor json not null,
  correlation_id text not null,
  causation_id text,
  traceparent text,
  data json not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint events_stream_position unique (stream, position),
  constraint events_id unique (id)
);

create table ${schema}.event_position (
  singleton boolean primary key default true check (singleton),
  last_position bigint not null
);
insert into ${schema}.event_position (last_position) values (0);

create table ${schema}.relay_checkpoints (
  name text primary key,
  position bigint not null,
  updated_at timestamptz not null default clock_timestamp()
);

create function ${schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are never changed';
end $$;
create trigger events_are_immutable before update or delete on ${schema}.events
  for each row execute function ${schema}.refuse_change();
create trigger events_are_not_truncated before truncate on ${schema}.events
  for each statement execute function ${schema}.refuse_change();
`,
    },
  ];
}
