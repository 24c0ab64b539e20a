import { describe, expect, it } from 'vitest';
import { contractEvent } from './event-store.contract.js';
import { Upcasters } from './upcasters.js';

const recorded = (version: number, data: unknown) => ({
  ...contractEvent('Priced', data, { version }),
  stream: 'thing-1',
  position: 1,
  globalPosition: 1,
});

describe('upcasters', () => {
  const upcasters = new Upcasters([
    { type: 'Priced', from: 1, up: (data) => ({ cents: (data as { euros: number }).euros * 100 }) },
    { type: 'Priced', from: 2, up: (data) => ({ ...(data as object), currency: 'EUR' }) },
  ]);

  it.each([
    [1, { euros: 3 }, { cents: 300, currency: 'EUR' }],
    [2, { cents: 250 }, { cents: 250, currency: 'EUR' }],
    [3, { cents: 1, currency: 'CHF' }, { cents: 1, currency: 'CHF' }],
  ])('brings version %i to the newest', (version, data, expected) => {
    expect(upcasters.upcast(recorded(version, data))).toMatchObject({ version: 3, data: expected });
  });

  it('refuses two ways up from one version', () => {
    const step = { type: 'Priced', from: 1, up: (data: unknown) => data };
    expect(() => new Upcasters([step, step])).toThrow('Priced version 1');
  });
});
