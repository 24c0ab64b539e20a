-- Who can sign in. The first four tables are better-auth's, under names of ours; it never changes them itself.
create table api.users (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

create table api.accounts (
  id text primary key,
  user_id text not null references api.users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  -- A scrypt hash with its parameters and salt.
  password text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create unique index accounts_of_users on api.accounts (user_id, provider_id);

create table api.login_sessions (
  id text primary key,
  user_id text not null references api.users (id) on delete cascade,
  -- Worth nothing without the deployment's secret, which the cookie is signed with.
  token text not null unique,
  -- Hex SHA-256 of the cookie: what a login is found by.
  cookie_digest text not null unique,
  -- The organization the person works in.
  tenant_id text,
  ip_address text,
  user_agent text,
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index login_sessions_of_users on api.login_sessions (user_id, created_at);
create index login_sessions_expiry on api.login_sessions (expires_at);

create table api.verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

-- Organizations a person has joined by an invitation of theirs. Being listed as a member is the policy service's to
-- say; without a row here it lets nobody in, since anybody may list any address.
create table api.joined_organizations (
  user_id text not null references api.users (id) on delete cascade,
  tenant_id text not null,
  joined_at timestamptz not null default clock_timestamp(),
  primary key (user_id, tenant_id)
);
create index joined_organizations_of_tenants on api.joined_organizations (tenant_id);

create table api.invitations (
  id uuid primary key,
  tenant_id text not null,
  email text not null,
  role text not null,
  -- Hex SHA-256 of the token in the link, which is kept nowhere.
  token_digest text not null unique,
  invited_by text not null,
  invited_by_name text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz
);
create unique index invitations_open on api.invitations (tenant_id, email) where accepted_at is null;
