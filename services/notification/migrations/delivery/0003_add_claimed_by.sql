-- The number under which the process that took the delivery holds an advisory lock (delivery/sender-presence.ts); null
-- when it held none, then only claimed_until counts.
alter table notification.deliveries add column claimed_by integer;
create index deliveries_claimed on notification.deliveries (claimed_by)
  where claimed_by is not null and status in ('pending', 'retrying');
