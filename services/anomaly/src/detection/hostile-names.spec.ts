import { serialize } from 'node:v8';
import { parse, type Filter } from '@portcullis/lens';
import { describe, expect, it } from 'vitest';
import { completed, DAY, logged, refused, START } from '../../test/calls.js';
import { DETECTOR_DEFAULTS } from './detectors.js';
import { PartitionDetection } from './partition-detection.js';
import { STATE_BOUNDS } from './partition-state.js';

const MiB = 1024 * 1024;
/** As long as names are kept, and different in every call. */
const nameOf = (what: string, n: number) => `${what}-${n}-${'x'.repeat(300)}`;

describe('callers that make up names', () => {
  const bounds = { ...STATE_BOUNDS, maxConnections: 50, maxEntries: 2_000 };
  // The defaults are twenty times as large, and as bounded.
  const settings = {
    ...DETECTOR_DEFAULTS,
    firstUse: { ...DETECTOR_DEFAULTS.firstUse, maxPairs: 1_000, maxTools: 100 },
  };

  it.each<[string, (n: number) => Parameters<typeof completed>[2]]>([
    ['tools', (n) => ({ name: nameOf('tool', n) })],
    ['agents', (n) => ({ key: { id: `key-${n}`, label: 'key', agent: nameOf('agent', n) } })],
    [
      'agents and tools',
      (n) => ({
        name: nameOf('tool', n),
        key: { id: `key-${n}`, label: 'key', agent: nameOf('agent', n % 997) },
      }),
    ],
    [
      'connections',
      (n) => ({ connection: { id: `connection-${n}`, slug: nameOf('c', n) }, name: nameOf('tool', n) }),
    ],
    ['resources', (n) => ({ kind: 'resource', method: 'resources/read', name: `file:///${nameOf('r', n)}` })],
    ['users', (n) => ({ key: null, user: nameOf('user', n), name: nameOf('tool', n) })],
  ])(
    'cannot make the state grow without bounds by %s',
    (_what, facts) => {
      const detection = new PartitionDetection({ settings, bounds });
      const sizes: number[] = [];
      for (let n = 0; n < 6_000; n += 1) {
        const event =
          n % 2 === 0 ? completed(n, START + n * 1_000, facts(n)) : refused(n, START + n * 1_000, facts(n));
        detection.observe(logged(event, n));
        const tenant = detection.state.tenants.get('tenant-a')!;
        if (n % 1_000 === 999) sizes.push(serialize(detection.state).byteLength);
        expect(tenant.connections.size).toBeLessThanOrEqual(bounds.maxConnections);
        // The connection that is called is never given up, however large it is: its detectors have bounds of their own.
        if (tenant.connections.size > 1) expect(tenant.size).toBeLessThanOrEqual(bounds.maxEntries);
      }
      expect(Math.max(...sizes)).toBeLessThan(16 * MiB);
      // The second half added nothing.
      expect(sizes.at(-1)!).toBeLessThan(1.5 * sizes[2]!);
    },
    120_000,
  );
});

describe('the Lens query of a finding', () => {
  const NAMES = [
    'quo"te', "apo'strophe", 'back\\slash', '\\', '"', '\\"', 'a\nb', 'a\r\n| limit 1', 'tab\t', '\u202edelete\u202c', '\u200bzero', '\u0000nul',
    '*', 'a*', 'OR', 'NOT x', ') OR type:(anomaly', '" OR agent:"root', '[1 TO 2]', 're:/.*/', '-x', 'a:b', '`b`', '$(id)', '{{x}}', ' ',
  ]; // prettier-ignore

  it.each(NAMES.map((name) => [JSON.stringify(name), name]))(
    'selects %s and nothing else',
    (_title, name) => {
      const detection = new PartitionDetection({
        settings: {
          ...DETECTOR_DEFAULTS,
          bulkAccess: {
            ...DETECTOR_DEFAULTS.bulkAccess,
            rate: { ...DETECTOR_DEFAULTS.rateSpike, minCalls: 1, warmUpMs: 0 },
          },
        },
      });
      const key = { id: 'key-1', label: 'laptop', agent: name };
      let n = 0;
      const see = (event: (n: number) => Parameters<typeof logged>[0]) => {
        n += 1;
        return detection.observe(logged(event(n), n));
      };
      const at = START + 8 * DAY;
      const findings = [
        ...see((i) => completed(i, START, { key })),
        ...see((i) => completed(i, at, { key, name: `delete_${name}` })),
        ...Array.from({ length: 10 }, (_, i) => see((m) => completed(m, at + i, { key, name }))).flat(),
        ...Array.from({ length: 10 }, (_, i) =>
          see((m) => refused(m, at + 60_000 + i, { key, name })),
        ).flat(),
      ];
      // A spike is the whole connection's and names nobody.
      const personal = findings.filter(({ data }) => data.kind !== 'rate_spike');
      const kinds = new Set(personal.map(({ data }) => data.kind));
      expect([...kinds].sort()).toEqual(['bulk_access', 'denial_burst', 'destructive_name', 'first_use']);
      for (const { data } of personal) {
        const { query, diagnostics } = parse(data.lensQuery.q);
        expect(diagnostics).toEqual([]);
        expect(query.stages).toEqual([]);
        const terms = termsOf(query.filter!);
        if (data.kind !== 'destructive_name') expect(terms['agent']).toEqual([name]);
        if (data.tool !== null) expect(terms['tool']).toEqual([data.tool]);
        const allowed = ['connection', 'agent', data.tool === null ? 'reason' : 'tool'];
        expect(allowed).toEqual(expect.arrayContaining(Object.keys(terms)));
      }
    },
  );
});

/** Exact values by field of a filter whose terms must all hold; anything else in it fails. */
function termsOf(filter: Filter): Record<string, string[]> {
  const items = filter.kind === 'and' ? filter.items : [filter];
  return Object.fromEntries(
    items.map((item) => {
      if (item.kind !== 'term') throw new Error(item.kind);
      const { field, test } = item;
      if (test.kind !== 'value' && test.kind !== 'list') throw new Error(test.kind);
      const values = test.kind === 'value' ? [test.value] : test.values;
      if (values.some(({ match }) => match !== 'exact')) throw new Error('not exact');
      return [field!.path.join('.'), values.map(({ text }) => text)];
    }),
  );
}
