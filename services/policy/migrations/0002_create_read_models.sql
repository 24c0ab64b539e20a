-- Tools that passed the gateway in lists. `revision` grows in the order of commits: writers hold an advisory lock.
create table policy.tools (
  tenant_id text not null,
  connection_id text not null,
  name text not null,
  title text,
  -- json, not jsonb: shown as the upstream sent it, and jsonb refuses some of what json takes.
  definition json not null,
  digest text not null,
  annotations json not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  revision bigint not null,
  primary key (connection_id, name)
);
create index tools_by_revision on policy.tools (revision);
create sequence policy.tools_revision;

-- Agent sessions, derived from the call topic; suspension and completion also from events.
create table policy.agent_sessions (
  id text primary key,
  tenant_id text not null,
  connection_id text not null,
  connection_slug text not null,
  key_id text not null,
  key_label text not null,
  key_agent text,
  user_name text,
  last_tool text,
  calls bigint not null default 0,
  started_at timestamptz not null,
  last_seen_at timestamptz not null,
  suspended_at timestamptz,
  suspended_reason text,
  completed_at timestamptz
);
create index agent_sessions_latest on policy.agent_sessions (tenant_id, last_seen_at desc, id);
create index agent_sessions_open on policy.agent_sessions (last_seen_at) where completed_at is null and suspended_at is null;

-- Up to which sequence number of each gateway process the calls of a partition are counted: a redelivery counts nothing.
create table policy.counted_calls (
  partition integer not null,
  gateway_id text not null,
  gateway_epoch text not null,
  seq bigint not null,
  counted_at timestamptz not null,
  primary key (partition, gateway_id, gateway_epoch)
);

create table policy.api_key_usage (
  key_id text primary key,
  tenant_id text not null,
  last_used_at timestamptz not null
);
