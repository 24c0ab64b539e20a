-- Hashes of API keys and sealed credentials. Events name them by id and never hold them.
create table policy.secrets (
  id text primary key,
  tenant_id text not null,
  kind text not null check (kind in ('api_key', 'credential')),
  key_hash text,
  sealed bytea,
  sealed_with text,
  created_at timestamptz not null default clock_timestamp(),
  check ((kind = 'api_key') = (key_hash is not null)),
  check ((kind = 'credential') = (sealed is not null and sealed_with is not null))
);
create unique index secrets_key_hash on policy.secrets (key_hash);

-- Which master key this database was written with: a start with another one is refused, not a surprise later.
create table policy.master_key (
  singleton boolean primary key default true check (singleton),
  key_id text not null
);

-- Names of which there may be one in an organization, held by what has them, taken in the transaction of the event.
create table policy.reservations (
  tenant_id text not null,
  kind text not null,
  value text not null,
  holder text not null,
  primary key (tenant_id, kind, value)
);
create unique index reservations_holder on policy.reservations (tenant_id, kind, holder);

-- Answers of commands that carried an Idempotency-Key, kept for a day, sealed: an answer may hold a new API key.
create table policy.idempotency_keys (
  tenant_id text not null,
  key text not null,
  command_hash text not null,
  answer bytea not null,
  answer_sealed_with text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, key)
);
create index idempotency_keys_created on policy.idempotency_keys (created_at);

-- How far each replica is, and the gateways connected to it.
create table policy.replicas (
  replica text primary key,
  position bigint not null,
  gateways jsonb not null,
  reported_at timestamptz not null
);
