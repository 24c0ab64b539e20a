import { notificationDeliverySchemas, type AlertFacts } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { bytesOf, DECIDED_AT, domainEvent, iso } from '../../test/events.js';
import { readEvent } from './read-event.js';

const facts: AlertFacts = {
  alertId: '0197c0de-0006-7000-8000-000000000001',
  dedupKey: 'denial_burst:connection-1:abc',
  kind: 'denial_burst',
  severity: 'high',
  title: 'coder was denied 12 different calls',
  state: 'acknowledged',
  connection: { id: 'connection-1', slug: 'github' },
  agent: 'coder',
  user: null,
  session: 'session-1',
  key: { id: 'key-1', label: 'laptop' },
  tool: null,
  rule: 'no destructive tools',
  occurrences: 3,
};
const rowOf = (type: string, data: object, overrides: object = {}) =>
  readEvent(
    bytesOf(
      domainEvent(1, type, data, {
        occurredAt: iso(DECIDED_AT),
        actor: { type: 'user', id: 'u1', name: 'Ana' },
        stream: `alert-${facts.alertId}`,
        ...overrides,
      }),
    ),
    { topic: 'notification.deliveries.v1', partition: 0, offset: 7n },
  ).row;

describe('what happened to an alert', () => {
  it('is a row with the columns of the calls it is about, the actor and the note', () => {
    const row = rowOf('AlertAcknowledged', { ...facts, note: 'looking' });
    expect(row).toMatchObject({
      type: 'alert_acknowledged',
      actor: 'user:u1',
      user: 'Ana',
      connection: 'github',
      connection_id: 'connection-1',
      agent: 'coder',
      session: 'session-1',
      key: 'laptop',
      rule: 'no destructive tools',
    });
    expect(row.attrs).toMatchObject({
      alertId: facts.alertId,
      severity: 'high',
      state: 'acknowledged',
      note: 'looking',
    });
  });

  it.each(Object.keys(notificationDeliverySchemas))('%s is known', (type) => {
    expect(rowOf(type, facts).attrs).not.toHaveProperty(['audit.unknown_type']);
    expect(rowOf(type, facts, { version: 2 }).attrs).toHaveProperty(['audit.unknown_type']);
  });
});
