-- One row for each dedup key, for good: an alert that fires again is opened again. What is not searched by is in `body`
-- (json, not jsonb: names may hold what jsonb cannot).
create table notification.alerts (
  id uuid primary key,
  tenant_id text not null,
  dedup_key text not null,
  kind text not null,
  severity smallint not null,
  state text not null,
  connection text,
  -- In this opening.
  was_acknowledged boolean not null,
  openings integer not null,
  resolution text,
  muted_until timestamptz,
  -- When it resolves by itself.
  quiet_at timestamptz,
  -- When this service last heard of it, and when it last happened.
  heard_at timestamptz not null,
  last_seen_at timestamptz not null,
  body json not null,
  constraint alerts_dedup_key unique (tenant_id, dedup_key)
);
create index alerts_latest on notification.alerts (tenant_id, last_seen_at desc, id desc);
create index alerts_firing on notification.alerts (tenant_id, id) where state <> 'resolved';
create index alerts_quiet on notification.alerts (quiet_at) where quiet_at is not null;
create index alerts_age on notification.alerts (heard_at) where state = 'resolved';

-- How far each partition is taken in: written with what it changed, so that nothing counts twice.
create table notification.taken (
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  taken_at timestamptz not null default clock_timestamp(),
  primary key (topic, partition)
);
-- Events that are in the log more than once.
create table notification.seen_events (
  event_id text primary key,
  seen_at timestamptz not null default clock_timestamp()
);
create index seen_events_age on notification.seen_events (seen_at);
-- Calls are too many for that: within a partition the numbers of a gateway process rise, save for what is repeated.
create table notification.seen_calls (
  partition integer not null,
  gateway_id text not null,
  gateway_epoch text not null,
  seq bigint not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (partition, gateway_id, gateway_epoch)
);

-- Slugs of connections, for kill switches: their events name ids alone.
create table notification.connections (
  tenant_id text not null,
  id text not null,
  slug text not null,
  primary key (tenant_id, id)
);
