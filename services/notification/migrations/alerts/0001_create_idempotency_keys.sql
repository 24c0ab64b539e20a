-- First answers of commands, for 24 hours. Secrets are never among them.
create table notification.idempotency_keys (
  tenant_id text not null,
  key text not null,
  command_hash text not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, key)
);
create index idempotency_keys_age on notification.idempotency_keys (created_at);
