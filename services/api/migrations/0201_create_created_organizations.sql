-- Organizations that people made themselves, so that nobody makes more than the deployment allows.
create table api.created_organizations (
  tenant_id text primary key,
  user_id text not null references api.users (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp()
);
create index created_organizations_of_users on api.created_organizations (user_id);
