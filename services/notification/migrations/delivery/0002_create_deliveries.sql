-- Notifications on their way, written in the transaction that decided on them: one row each, its id the receivers'
-- deduplication key.
create table notification.deliveries (
  id uuid primary key,
  tenant_id text not null,
  channel_id uuid not null references notification.channels (id),
  kind text not null,
  group_key text not null,
  -- json, not jsonb: names may hold what jsonb cannot.
  notification json not null,
  alert_ids text[] not null,
  omitted integer not null,
  status text not null,
  created_at timestamptz not null,
  next_attempt_at timestamptz,
  -- In the schedule of retries; a replay starts it anew.
  step integer not null default 0,
  attempt_count integer not null default 0,
  delivered_at timestamptz,
  ended_at timestamptz,
  -- Taken by a worker until then; a worker that dies leaves it to the next.
  claimed_until timestamptz
);
create index deliveries_due on notification.deliveries (next_attempt_at) where status in ('pending', 'retrying');
create index deliveries_group on notification.deliveries (channel_id, group_key, created_at, id)
  where status in ('pending', 'retrying');
create index deliveries_latest on notification.deliveries (tenant_id, created_at desc, id desc);
create index deliveries_alerts on notification.deliveries using gin (alert_ids);
create index deliveries_age on notification.deliveries (ended_at) where ended_at is not null;

create table notification.delivery_attempts (
  delivery_id uuid not null references notification.deliveries (id) on delete cascade,
  number integer not null,
  at timestamptz not null,
  ok boolean not null,
  status integer,
  latency_ms double precision not null,
  error text,
  response text,
  primary key (delivery_id, number)
);
