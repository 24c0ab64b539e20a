import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventCatalogue } from './event-catalogue.js';

const catalogue = new EventCatalogue({ Opened: { version: 2, schema: z.object({ by: z.string() }) } });
const metadata = {
  tenantId: 'tenant-1',
  actor: { type: 'user', id: 'user-1' } as const,
  occurredAt: '2026-01-02T03:04:05.678Z',
  correlationId: 'correlation-1',
  causationId: null,
  traceparent: null,
};

describe('event catalogue', () => {
  it('completes an event with its version, an id and what its command shares', () => {
    let ids = 0;
    expect(
      catalogue.complete([{ type: 'Opened', data: { by: 'Ana' } }], metadata, () => `id-${(ids += 1)}`),
    ).toEqual([{ ...metadata, id: 'id-1', type: 'Opened', version: 2, data: { by: 'Ana' } }]);
  });

  it('stores only what the schema names', () => {
    const [event] = catalogue.complete(
      [{ type: 'Opened', data: { by: 'Ana', secret: 'x' } }],
      metadata,
      () => 'id-1',
    );
    expect(event?.data).toEqual({ by: 'Ana' });
  });

  it.each([
    ['an unknown type', { type: 'Closed', data: {} }],
    ['a name inherited from Object', { type: 'constructor', data: {} }],
    ['data that does not fit', { type: 'Opened', data: { by: 7 } }],
  ])('refuses %s', (_, event) => {
    expect(() => catalogue.complete([event], metadata, () => 'id-1')).toThrow();
  });
});
