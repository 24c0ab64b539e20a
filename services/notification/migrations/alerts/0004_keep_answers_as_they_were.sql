-- json, not jsonb: a repeated answer is the first one to the letter, and text may hold what jsonb cannot.
alter table notification.idempotency_keys alter column answer type json;
