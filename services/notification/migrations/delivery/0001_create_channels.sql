-- Where organizations are told. Secrets are sealed; `previous_*` is what a webhook is signed with, too, until it ends.
create table notification.channels (
  id uuid primary key,
  tenant_id text not null,
  name text not null,
  type text not null,
  enabled boolean not null,
  settings json not null,
  secret bytea,
  secret_key_id text,
  previous_secret bytea,
  previous_secret_key_id text,
  previous_until timestamptz,
  secret_rotated_at timestamptz,
  -- Attempts that failed one after another, and since when.
  failures integer not null default 0,
  failing_since timestamptz,
  last_delivered_at timestamptz,
  last_failed_at timestamptz,
  last_error text,
  -- Open circuit: nothing is tried before this.
  retry_at timestamptz,
  -- The receiver is gone or failed for too long: a person has to enable the channel again.
  stopped boolean not null default false,
  -- When the organization was told over another channel that this one fails.
  failure_told_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz
);
create index channels_tenant on notification.channels (tenant_id, id) where deleted_at is null;
