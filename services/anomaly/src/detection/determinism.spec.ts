import { FINDING_KINDS, type FindingRaised } from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logged } from '../../test/calls.js';
import { troubledTraffic } from '../../test/troubled-traffic.js';
import { decodeSnapshot, encodeSnapshot } from '../snapshots/snapshot-codec.js';
import { DETECTOR_DEFAULTS } from './detectors.js';
import { PartitionDetection } from './partition-detection.js';
import { STATE_BOUNDS } from './partition-state.js';

const settings = {
  ...DETECTOR_DEFAULTS,
  firstUse: { ...DETECTOR_DEFAULTS.firstUse, maxPairs: 120, maxTools: 25 },
  bulkAccess: { rate: { ...DETECTOR_DEFAULTS.rateSpike, minCalls: 0.6 }, maxActors: 5 },
};
// Small, so that much is forgotten on the way.
const bounds = { ...STATE_BOUNDS, maxConnections: 6, maxEntries: 300 };

const records = (seed: number): LogRecord[] =>
  troubledTraffic(seed, 1_000).map((event, offset) =>
    // The clock of the log goes on, whatever the gateways' do.
    logged(
      event,
      offset,
      Math.max(Date.parse(event.data.decidedAt), Date.UTC(2026, 2, 4) + offset * 800_000),
    ),
  );

const run = (log: readonly LogRecord[]): FindingRaised[] => {
  const detection = new PartitionDetection({ settings, bounds });
  return log.flatMap((record) => detection.observe(record));
};

async function restarted(detection: PartitionDetection): Promise<PartitionDetection> {
  const place = { topic: 't', partition: 0, position: 0n, findingsPosition: 0n };
  const loaded = await decodeSnapshot(await encodeSnapshot({ ...place, state: detection.state }));
  if (loaded.kind !== 'snapshot') throw new Error(loaded.kind);
  return new PartitionDetection({ settings, bounds, state: loaded.snapshot.state });
}

describe('the same calls', () => {
  it('raise findings of every kind here, or these tests prove nothing', () => {
    const kinds = new Set(
      Array.from({ length: 5 }, (_, seed) => run(records(seed)))
        .flat()
        .map(({ data }) => data.kind),
    );
    expect([...kinds].sort()).toEqual([...FINDING_KINDS].sort());
  });

  it('give the same findings with the same ids wherever the process is restarted', async () => {
    const points = fc.uniqueArray(fc.nat(999), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), points, async (seed, restarts) => {
        const log = records(seed);
        let detection = new PartitionDetection({ settings, bounds });
        const found: FindingRaised[] = [];
        for (const [offset, record] of log.entries()) {
          if (restarts.includes(offset)) detection = await restarted(detection);
          found.push(...detection.observe(record));
        }
        expect(found).toEqual(run(log));
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it('never give two findings one id', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (seed) => {
        const ids = run(records(seed)).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});
