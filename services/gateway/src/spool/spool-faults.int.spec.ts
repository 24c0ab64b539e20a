import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  appendNumber,
  drain,
  drainReader,
  openSpool,
  range,
  temporaryFolder,
} from '../../test/spool-fixture.js';
import { FailingDisk } from '../../test/failing-disk.js';
import { AuditUnavailable } from '../ports.js';
import { listSegments } from './segment.js';
import { SpoolReader } from './spool-reader.js';
import type { Spool, SpoolOptions } from './spool.js';

const open: Spool[] = [];
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close();
});
function start(options: Partial<SpoolOptions> = {}, directory = temporaryFolder()) {
  const started = openSpool(directory, options);
  open.push(started.spool);
  return started;
}

describe('a full disk', () => {
  it.each([false, true])(
    'refuses without a trace and recovers by itself (the torn tail cannot be cut: %s)',
    async (failTruncate) => {
      const failing = new FailingDisk();
      const directory = temporaryFolder();
      const { spool, log } = start({ disk: failing.disk }, directory);
      failing.failTruncate = failTruncate;
      appendNumber(spool, 0, 500);
      failing.free = 300;
      for (let i = 0; i < 3; i += 1) expect(() => appendNumber(spool, 1, 500)).toThrow(AuditUnavailable);
      expect(spool.status).toEqual({ ok: false, detail: 'ENOSPC: the disk of this test' });
      expect(log.errors()).toHaveLength(1);
      expect(spool.nextSequence).toBe(1);

      failing.free = Infinity;
      // Shorter than what was torn: nothing of the old bytes may show behind it.
      appendNumber(spool, 2);
      expect(spool.status).toEqual({ ok: true });
      expect(spool.nextSequence).toBe(2);
      expect(log.lines.at(-1)).toMatchObject({ level: 'info', details: { refused: 3 } });
      open.splice(0);
      await spool.close();
      expect(drain(start({}, directory).spool)).toEqual([0, 2]);
    },
  );

  it('refuses while no segment can be made, and goes on when it can', () => {
    const failing = new FailingDisk();
    const { spool } = start({ disk: failing.disk, segmentBytes: 2048 });
    appendNumber(spool, 0, 1500);
    failing.failOpen = true;
    expect(() => appendNumber(spool, 1, 1500)).toThrow(AuditUnavailable);
    failing.failOpen = false;
    failing.free = 4;
    expect(() => appendNumber(spool, 2, 1500)).toThrow(AuditUnavailable);
    failing.free = Infinity;
    appendNumber(spool, 3, 1500);
    expect(drain(spool)).toEqual([0, 3]);
  });
});

describe('a failed sync', () => {
  it('fails those who wait, refuses what comes after, and is mended in a fresh segment', async () => {
    const failing = new FailingDisk();
    const { spool, log } = start({ disk: failing.disk });
    appendNumber(spool, 0);
    await spool.durable();
    failing.failSync = true;
    appendNumber(spool, 1);
    await expect(spool.durable()).rejects.toThrow(AuditUnavailable);
    expect(() => appendNumber(spool, 2)).toThrow(AuditUnavailable);
    expect(spool.status.ok).toBe(false);

    failing.failSync = false;
    await vi.waitFor(() => appendNumber(spool, 3), { timeout: 5_000 });
    await spool.durable();
    expect(spool.status).toEqual({ ok: true });
    expect(log.errors()).toHaveLength(1);
    expect(listSegments(spool.directory)).toHaveLength(2);
    expect(drain(spool)).toEqual([0, 1, 3]);
  });

  it('is noticed without anybody waiting, and makes no heap of segments while it lasts', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const failing = new FailingDisk();
      failing.failSync = true;
      const { spool } = start({ disk: failing.disk });
      appendNumber(spool, 0);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(spool.status.ok).toBe(false);
      expect(listSegments(spool.directory)).toHaveLength(2);
      expect(() => appendNumber(spool, 1)).toThrow(AuditUnavailable);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the size limit', () => {
  const limits = { maxBytes: 64 * 1024, segmentBytes: 8 * 1024 };

  it('warns at 80%, refuses at 100%, and takes records again when the sender has caught up', () => {
    const { spool, log } = start(limits);
    let appended = 0;
    expect(() => {
      for (; appended < 1000; appended += 1) appendNumber(spool, appended, 1000);
    }).toThrow(AuditUnavailable);
    expect(spool.usedBytes).toBeLessThanOrEqual(limits.maxBytes);
    expect(spool.usedBytes).toBeGreaterThan(limits.maxBytes * 0.9);
    expect(log.errors()).toEqual([
      'the spool is over 80% full; at its limit calls are refused',
      'the spool takes no records; calls are refused until it does',
    ]);
    expect(drain(spool)).toEqual(range(0, appended));
    appendNumber(spool, appended, 1000);
    expect(spool.status).toEqual({ ok: true });
    expect(spool.usedBytes).toBeLessThan(limits.segmentBytes * 2);
    expect(drain(spool)).toEqual([appended]);
  });

  it('holds a segment in reserve for the completions of calls that were admitted', () => {
    const { spool } = start(limits);
    expect(() => {
      for (let n = 0; ; n += 1) appendNumber(spool, n, 1000);
    }).toThrow(AuditUnavailable);
    let completed = 0;
    expect(() => {
      for (; ; completed += 1) appendNumber(spool, completed, 1000, true);
    }).toThrow(AuditUnavailable);
    expect(completed).toBeGreaterThanOrEqual(6);
    expect(spool.usedBytes).toBeLessThanOrEqual(limits.maxBytes + limits.segmentBytes);
  });

  it('counts what an earlier process left', async () => {
    const directory = temporaryFolder();
    const first = start(limits, directory).spool;
    for (const n of range(0, 20)) appendNumber(first, n, 1000);
    const used = first.usedBytes;
    open.splice(0);
    await first.close();
    expect(start(limits, directory).spool.usedBytes).toBeGreaterThanOrEqual(used);
  });

  it('stays within bounds for ever while it is drained', () => {
    const { spool, log } = start(limits);
    const reader = new SpoolReader(spool.directory, spool.state, log);
    let seen = 0;
    for (const n of range(0, 2000)) {
      appendNumber(spool, n, 500);
      if (n % 20 === 0) seen += drainReader(reader).length;
    }
    seen += drainReader(reader).length;
    expect(seen).toBe(2000);
    expect(listSegments(spool.directory).length).toBeLessThanOrEqual(2);
    expect(log.errors()).toEqual([]);
    reader.close();
  });
});
