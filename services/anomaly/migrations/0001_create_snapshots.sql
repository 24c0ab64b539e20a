-- State of the detectors by partition of the call topic, with the offset it is as of: one row, so never one without the
-- other. Disposable: without it the state is rebuilt from the log.
create table anomaly.snapshots (
  topic text not null,
  partition integer not null,
  -- Offset of the next record of the partition.
  position bigint not null,
  -- Offset in the findings topic from which findings of later records are found.
  findings_position bigint not null,
  format integer not null,
  -- SHA-256 of all of the above and the state.
  checksum bytea not null,
  state bytea not null,
  saved_at timestamptz not null default clock_timestamp(),
  primary key (topic, partition)
);
-- Compressed already.
alter table anomaly.snapshots alter column state set storage external;
