import { envelopeSchema, refusalsCountedDataSchema, type RefusalsCounted } from '@portcullis/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FailingDisk } from '../../test/failing-disk.js';
import { drainEvents, openSpool, RecordingLog, temporaryFolder } from '../../test/spool-fixture.js';
import type { Spool, SpoolOptions } from '../spool/spool.js';
import { RefusalCounter } from './refusal-counter.js';

let spool: Spool | undefined;
beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'Date'],
    now: Date.parse('2026-01-02T03:04:05Z'),
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await spool?.close();
});

function start(options: Partial<SpoolOptions> = {}, known: string[] = ['shop']) {
  spool = openSpool(temporaryFolder(), options).spool;
  return { spool, counter: new RefusalCounter(spool, (slug) => known.includes(slug), new RecordingLog()) };
}
function counted(from: Spool): RefusalsCounted['data'][] {
  return drainEvents(from).map(({ event }) => event.data as RefusalsCounted['data']);
}

describe('the refusal counter', () => {
  it('spools one record for each source, slug and reason of a window', () => {
    const { spool, counter } = start();
    for (let i = 0; i < 5; i += 1) counter.count('203.0.113.7', 'shop', 'auth.invalid');
    counter.count('203.0.113.7', null, 'auth.invalid');
    counter.count('203.0.113.7', 'shop', 'auth.required');
    vi.advanceTimersByTime(9_999);
    expect(counted(spool)).toEqual([]);
    vi.advanceTimersByTime(1);
    const events = drainEvents(spool);
    const window = { from: '2026-01-02T03:04:05.000Z', to: '2026-01-02T03:04:15.000Z' };
    expect(events.map(({ event }) => event.data)).toEqual([
      { sourceIp: '203.0.113.7', slug: 'shop', reason: 'auth.invalid', count: 5, ...window },
      { sourceIp: '203.0.113.7', slug: null, reason: 'auth.invalid', count: 1, ...window },
      { sourceIp: '203.0.113.7', slug: 'shop', reason: 'auth.required', count: 1, ...window },
    ]);
    for (const { key, type, event } of events) {
      expect({ key, type }).toEqual({ key: 'system:', type: 'RefusalsCounted' });
      expect(envelopeSchema.parse(event)).toMatchObject({ tenantId: 'system' });
      refusalsCountedDataSchema.parse(event.data);
    }
    vi.advanceTimersByTime(60_000);
    expect(counted(spool)).toEqual([]);
  });

  it('leaves out slugs nobody is known to use', () => {
    const { spool, counter } = start();
    for (let i = 0; i < 1_000; i += 1) counter.count('203.0.113.7', `made-up-${i}`, 'auth.invalid');
    counter.flush();
    expect(counted(spool)).toMatchObject([{ slug: null, count: 1_000 }]);
  });

  it('stays flat under a flood from ever new sources, and counts every one', () => {
    const { spool, counter } = start();
    for (let i = 0; i < 50_000; i += 1)
      counter.count(`203.0.${i >> 8}.${i & 255}`, `slug-${i}`, i % 2 ? 'auth.invalid' : 'auth.required');
    counter.flush();
    const records = counted(spool);
    expect(records.length).toBeLessThanOrEqual(130);
    expect(records.filter(({ sourceIp }) => sourceIp === 'other')).toHaveLength(2);
    expect(records.reduce((sum, { count }) => sum + count, 0)).toBe(50_000);
  });

  it('keeps its counts while the spool refuses, and tells them when it takes records again', () => {
    const failing = new FailingDisk();
    const { spool, counter } = start({ disk: failing.disk });
    failing.free = 0;
    counter.count('203.0.113.7', null, 'auth.invalid');
    vi.advanceTimersByTime(10_000);
    counter.count('203.0.113.7', null, 'auth.invalid');
    failing.free = Infinity;
    vi.advanceTimersByTime(10_000);
    expect(counted(spool)).toMatchObject([
      { count: 2, from: '2026-01-02T03:04:05.000Z', to: '2026-01-02T03:04:25.000Z' },
    ]);
  });
});
