-- What organizations have set of detection, by the offset of the change in the topic of policy changes: that topic is kept
-- for 30 days, a setting until it is changed. One that was superseded longer ago than calls are kept is of no use.
create table anomaly.settings_changes (
  log_offset bigint primary key,
  tenant_id text not null,
  -- Empty: of the organization.
  connection_id text not null,
  -- When the log took the change, milliseconds since the epoch.
  taken_at bigint not null,
  -- Null: inherited again.
  settings jsonb
);
