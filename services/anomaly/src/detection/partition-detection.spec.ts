import { describe, expect, it } from 'vitest';
import { completed, DAY, HOUR, logged, MINUTE, refused, START } from '../../test/calls.js';
import { DETECTOR_DEFAULTS } from './detectors.js';
import { PartitionDetection } from './partition-detection.js';
import { STATE_BOUNDS, type StateBounds } from './partition-state.js';

const detection = (bounds: Partial<StateBounds> = {}) =>
  new PartitionDetection({ settings: DETECTOR_DEFAULTS, bounds: { ...STATE_BOUNDS, ...bounds } });
const kindsOf = (findings: { data: { kind: string } }[]) => findings.map(({ data }) => data.kind);

describe('the detection over one partition', () => {
  it('runs every call past every detector', () => {
    const watched = detection();
    expect(watched.observe(logged(completed(1, START), 0))).toEqual([]);
    const found = watched.observe(logged(completed(2, START + 8 * DAY, { name: 'delete_repo' }), 1));
    expect(kindsOf(found)).toEqual(['destructive_name', 'first_use']);
    expect(watched.takeCounts()).toMatchObject({ observed: 2, skipped: 0, unreadable: 0 });
    expect(watched.takeCounts()).toMatchObject({ observed: 0 });
  });

  it('keeps organizations and connections apart', () => {
    const watched = detection();
    const drop = (n: number, tenantId: string, connection: { id: string; slug: string } | null) =>
      watched.observe(logged({ ...completed(n, START, { name: 'drop_table', connection }), tenantId }, n));
    const first = { id: 'connection-1', slug: 'github' };
    expect(drop(1, 'tenant-a', first)).toHaveLength(1);
    expect(drop(2, 'tenant-a', first)).toHaveLength(0);
    expect(drop(3, 'tenant-b', first)).toHaveLength(1);
    expect(drop(4, 'tenant-a', { id: 'connection-2', slug: 'github' })).toHaveLength(1);
    expect(drop(5, 'tenant-a', null)).toHaveLength(1);
  });

  it('counts a call once that the log holds twice', () => {
    const watched = detection();
    const calls = Array.from({ length: 9 }, (_, n) => refused(n, START + n));
    const found = [...calls, ...calls, ...calls].flatMap((event, offset) =>
      watched.observe(logged(event, offset)),
    );
    expect(found).toEqual([]);
    expect(watched.takeCounts()).toMatchObject({ observed: 9, duplicate: 18 });
    expect(kindsOf(watched.observe(logged(refused(9, START + 9), 27)))).toEqual(['denial_burst']);
  });

  it('goes on after a record it cannot understand, and leaves out what belongs to nobody', () => {
    const watched = detection();
    const record = logged(completed(1, START, { name: 'delete_repo' }), 1);
    watched.observe({ ...record, value: Buffer.from('{') });
    watched.observe({ ...record, type: 'CallDecided' });
    watched.observe(logged({ ...completed(2, START, { name: 'delete_repo' }), tenantId: 'system' }, 2));
    expect(watched.takeCounts()).toMatchObject({ unreadable: 1, skipped: 2, observed: 0 });
    expect(watched.observe(record)).toHaveLength(1);
  });

  it('goes on after a detector that failed', () => {
    const failures: string[] = [];
    const watched = new PartitionDetection({
      settings: DETECTOR_DEFAULTS,
      onFailure: (_, kind) => failures.push(kind),
    });
    watched.observe(logged(completed(1, START), 0));
    const { connections } = watched.state.tenants.get('tenant-a')!;
    connections.get('connection-1')!.detectors.set('rate_spike', { broken: true });
    expect(kindsOf(watched.observe(logged(completed(2, START, { name: 'delete_repo' }), 1)))).toEqual([
      'destructive_name',
    ]);
    expect(failures).toEqual(['rate_spike']);
    expect(watched.takeCounts().failed).toBe(1);
  });

  it('counts calls of clocks that are wrong', () => {
    const watched = detection();
    watched.observe(logged(completed(1, START + HOUR), 0, START));
    watched.observe(logged(completed(2, START), 1, START));
    watched.observe(logged(completed(3, START - 11 * MINUTE), 2, START));
    expect(watched.takeCounts()).toMatchObject({ ahead: 1, late: 1, observed: 3 });
  });

  it('is not kept waiting by one call of a far future', () => {
    const watched = detection();
    const findings = Array.from({ length: 2_000 }, (_, n) => {
      const at = START + n * MINUTE;
      return watched.observe(logged(completed(n, n === 5 ? at + 365 * DAY : at), n, at + 20));
    });
    const burst = Array.from({ length: 40 }, (_, n) =>
      watched.observe(logged(completed(3_000 + n, START + 2_000 * MINUTE + n * 100), 3_000 + n)),
    );
    expect(findings.flat()).toEqual([]);
    expect(kindsOf(burst.flat())).toEqual(['rate_spike']);
  });

  describe('bounds', () => {
    const connection = (n: number) => ({ id: `connection-${n}`, slug: `c${n}` });

    it('forgets the connection that was not called for longest', () => {
      const watched = detection({ maxConnections: 3 });
      [0, 1, 2, 0, 3].forEach((n, offset) =>
        watched.observe(logged(completed(offset, START, { connection: connection(n) }), offset)),
      );
      expect([...watched.state.tenants.get('tenant-a')!.connections.keys()]).toEqual([
        'connection-2',
        'connection-0',
        'connection-3',
      ]);
      expect(watched.takeCounts().evictedConnections).toBe(1);
    });

    it('forgets connections of an organization that holds too many entries', () => {
      const watched = detection({ maxEntries: 30 });
      for (let n = 0; n < 200; n += 1) {
        watched.observe(
          logged(completed(n, START + n, { connection: connection(n % 10), name: `tool-${n}` }), n),
        );
        expect(watched.state.tenants.get('tenant-a')!.size).toBeLessThanOrEqual(30);
      }
      const tenant = watched.state.tenants.get('tenant-a')!;
      const sizes = [...tenant.connections.values()].map(({ size }) => size);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(tenant.size);
      expect(watched.takeCounts().evictedConnections).toBeGreaterThan(0);
    });

    it('forgets the organization and the gateway that were silent for longest', () => {
      const watched = detection({ maxTenants: 2, maxSequences: 2 });
      ['a', 'b', 'c'].forEach((name, n) => {
        const gateway = { id: name, epoch: 'e', seq: 1 };
        watched.observe(logged({ ...completed(n, START), tenantId: name, gateway }, n));
      });
      expect([...watched.state.tenants.keys()]).toEqual(['b', 'c']);
      expect([...watched.state.sequences.keys()]).toEqual(['b\ne', 'c\ne']);
      expect(watched.takeCounts()).toMatchObject({ evictedTenants: 1, evictedSequences: 1 });
    });
  });
});
