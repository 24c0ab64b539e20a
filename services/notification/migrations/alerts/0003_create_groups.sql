-- The routes of an organization, whole: their order is part of them.
create table notification.routes (
  tenant_id text primary key,
  version integer not null,
  list json not null,
  updated_at timestamptz not null,
  updated_by text not null
);
-- Firing alerts still to be put into the groups of new routes, in the order of their ids.
create table notification.rerouting (
  tenant_id text primary key,
  after_alert uuid not null
);

-- Alerts one channel is told of together, and when.
create table notification.groups (
  id uuid primary key,
  tenant_id text not null,
  channel_id text not null,
  -- Empty for the default route.
  route_id text not null,
  group_key text not null,
  last_notified_at timestamptz,
  -- Null: nothing to tell as things are.
  next_at timestamptz,
  -- When `next_at` was worked out: later than now means that the clock went back.
  planned_at timestamptz not null,
  constraint groups_identity unique (tenant_id, channel_id, route_id, group_key)
);
create index groups_due on notification.groups (next_at) where next_at is not null;

-- A channel is told of an alert in one group. The row remembers what it was told last.
create table notification.group_members (
  alert_id uuid not null,
  channel_id text not null,
  group_id uuid not null references notification.groups (id),
  -- Since when there is something to tell: the alert opened, or the channel came to be told of it.
  since timestamptz not null,
  told_opening integer,
  told_firing boolean,
  told_severity smallint,
  told_at timestamptz,
  primary key (alert_id, channel_id)
);
create index group_members_group on notification.group_members (group_id);

-- Storm guard: what a channel may still be sent.
create table notification.storm_buckets (
  tenant_id text not null,
  channel_id text not null,
  tokens double precision not null,
  critical_tokens double precision not null,
  filled_at timestamptz not null,
  primary key (tenant_id, channel_id)
);
