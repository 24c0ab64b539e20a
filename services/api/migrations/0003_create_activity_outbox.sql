-- What people did with the API, until the event log has it. Rows go away as they are published; order is by seq.
create table api.activity_outbox (
  seq bigint generated always as identity primary key,
  event json not null
);
