-- Saved Lens views. `owner` is a member's id, or the key's own when it has no owner.
create table api.saved_views (
  id uuid primary key,
  tenant_id text not null,
  owner text not null,
  owner_name text not null,
  name text not null,
  q text not null,
  range_from text not null,
  range_to text not null,
  columns text[] not null,
  shared boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- One name once among a person's views; readers ask for the organization's shared ones and their own.
create unique index saved_views_names on api.saved_views (tenant_id, owner, name);
create index saved_views_shared on api.saved_views (tenant_id, name) where shared;
