import type { Migration } from '@portcullis/postgres';

/** Tables of the decide side in schema `policy`: what replicas report, and the tools that lists have shown. */
export const decideSideMigrations: readonly Migration[] = [
  {
    series: 'decide-side',
    name: '0001_create_replicas_and_tools',
    // `definition` is json, not jsonb: it is shown as the upstream sent it, and jsonb refuses some of what json takes.
    sql: `
create table policy.replicas (
  replica text primary key,
  position bigint not null,
  gateways jsonb not null,
  reported_at timestamptz not null
);

create sequence policy.tools_revision;
create table policy.tools (
  tenant_id text not null,
  connection_id text not null,
  name text not null,
  title text,
  definition json not null,
  annotations json not null,
  digest text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  revision bigint not null,
  primary key (connection_id, name)
);
create index tools_by_revision on policy.tools (revision);
`,
  },
];
