import { apiActivitySchemas } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { bytesOf, DECIDED_AT, domainEvent, iso } from '../../test/events.js';
import { readEvent } from './read-event.js';

const rowOf = (type: string, data: object, overrides: object = {}) =>
  readEvent(
    bytesOf(
      domainEvent(1, type, data, {
        occurredAt: iso(DECIDED_AT),
        actor: { type: 'user', id: 'm1', name: 'Ana' },
        stream: 'activity-acme',
        ...overrides,
      }),
    ),
    { topic: 'api.activity.v1', partition: 0, offset: 7n },
  ).row;

describe('what people do with the API', () => {
  it('is a row that says who, whence and why', () => {
    const row = rowOf('SignInFailed', {
      userId: 'u1',
      email: 'ana@example.com',
      reason: 'invalid_credentials',
      sourceIp: '10.0.0.9',
      userAgent: 'browser',
    });
    expect(row).toMatchObject({
      type: 'sign_in_failed',
      actor: 'user:m1',
      user: 'Ana',
      reason: 'invalid_credentials',
      source_ip: '10.0.0.9',
    });
    expect(row.attrs).toMatchObject({ email: 'ana@example.com', userAgent: 'browser' });
  });

  it.each(Object.keys(apiActivitySchemas))('%s is known', (type) => {
    expect(rowOf(type, {}).attrs).not.toHaveProperty(['audit.unknown_type']);
    expect(rowOf(type, {}, { version: 2 }).attrs).toHaveProperty(['audit.unknown_type']);
  });
});
