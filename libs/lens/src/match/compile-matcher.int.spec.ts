import { ClickHouse, loadMigrations, migrate } from '@portcullis/clickhouse';
import { startClickHouse, type TestClickHouse } from '@portcullis/testing';
import fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../compile/compile.js';
import { parse } from '../syntax/parse.js';
import { compileMatcher } from './compile-matcher.js';
import type { LensRow } from './lens-row.js';

const MIGRATIONS = fileURLToPath(new URL('../../../../services/audit/migrations', import.meta.url));
const T0 = Date.UTC(2026, 0, 1, 12);
const SCOPE = { tenantId: 'acme', from: T0, to: T0 + 3_600_000 };
const ROWS = 120;

/** Values that meet each other often, hostile ones among them. */
const words = fc.constantFrom(
  '',
  'search',
  'delete_row',
  'github:create_issue',
  'Ünïcode tool',
  'it\'s \\ "quoted"',
  'a*b',
  '50% off',
  '<b>x</b>',
  'a.b',
  '\u202erow',
  'line\nbreak',
  'null',
  '0',
);
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  words,
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(1.5, 250.25, -0.125, 1e6),
  fc.boolean(),
  fc.constant(null),
);
const payload = fc.dictionary(
  fc.constantFrom('path', 'amount', 'a b', 'deep', 'note'),
  fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('path', 'x'), leaf, { maxKeys: 2 }),
  ),
  { maxKeys: 4 },
);
const json = fc.oneof(
  { weight: 5, arbitrary: payload.map((value) => JSON.stringify(value)) },
  fc.constantFrom(
    '',
    '{"path":"/etc/pass',
    'plain words',
    '[1,"two",{"path":"x"}]',
    '"text"',
    '{"path":"caf\\u00e9 \\/etc"}',
  ),
);
const map = fc.dictionary(
  fc.constantFrom('team', 'a.b', 'n', 'odd'),
  fc.constantFrom(
    'data',
    'web',
    '5',
    '-2.5',
    '1e3',
    '',
    ' 7',
    '7 ',
    '.5',
    '5.',
    '+1',
    'inf',
    'nan',
    "o'k",
    '0x10',
    '12abc',
  ),
  { maxKeys: 3 },
);
const address = fc.constantFrom(
  '10.1.2.3',
  '10.9.0.1',
  '192.168.0.255',
  '2001:db8::1',
  '::1',
  '::ffff:10.1.2.3',
  'unknown',
  '',
  '010.1.2.3',
  '2001:DB8:0:0:0:0:0:ff',
);

const row = fc.record({
  type: fc.constantFrom('tool_call', 'list'), method: fc.constantFrom('tools/call', 'tools/list'), tool: words, resource: words, prompt: words,
  decision: fc.constantFrom('allow', 'deny', 'alert'), outcome: fc.constantFrom('ok', 'denied', 'tool_error', 'unknown'), reason: fc.constantFrom('', 'policy.denied'),
  rule: words, policy: words, revision: fc.nat(3), connection: fc.constantFrom('', 'github', 'prod-db'), user: fc.constantFrom('', 'ana@example.com', 'bob', 'ÄNNE'),
  agent: fc.constantFrom('', 'claude-ci'), error: fc.constantFrom('', 'jsonrpc:-32000'), source_ip: address, latency_ms: fc.constantFrom(0, 1, 12, 250.5, 0.1), bytes_in: fc.nat(100),
  risk: fc.constantFrom(0, 0.5, 0.8), args: json, result: json, metadata: map, attrs: map,
}); // prettier-ignore

const typed = words.filter((word) => word !== '').map((word) => JSON.stringify(word).replaceAll('\\n', '\n'));
const plain = fc.constantFrom(
  'search',
  'row',
  'delete',
  'github',
  'etc',
  'data',
  'ünïcode',
  '5',
  'true',
  'null',
  'x',
  '0',
  '-2.5',
  'ana',
  'a_b',
);
const value = fc.oneof(
  plain,
  plain.map((text) => `${text}*`),
  plain.map((text) => `*${text}`),
  plain.map((text) => `*${text}*`),
  fc.constant('*'),
  typed,
);
const number = fc.constantFrom('0', '1', '5', '12', '-2.5', '250.5', '0.8', '1000');
const measure = fc.oneof(
  fc.tuple(fc.constantFrom('>', '>=', '<', '<='), number).map(([operator, limit]) => operator + limit),
  fc.tuple(number, number).map(([low, high]) => `[${low} TO ${high}]`),
  number,
);
const keyword = fc.constantFrom(
  'tool',
  'user',
  'rule',
  'connection',
  'type',
  'args.path',
  'args."a b"',
  'args.deep.x',
  'args.deep.0',
  'args.1',
  'args.deep',
  'result.path',
  'metadata.team',
  'metadata.a.b',
  'attrs.n',
  'metadata',
  'attrs',
  'args',
  'result',
  'source_ip',
);
const measured = fc.constantFrom(
  'latency_ms',
  'bytes_in',
  'risk',
  'revision',
  'args.amount',
  'args.deep.0',
  'metadata.n',
  'metadata.odd',
  'metadata.team',
  'attrs.n',
);
const term = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(keyword, value).map(([field, text]) => `${field}:${text}`) },
  { weight: 3, arbitrary: fc.tuple(measured, measure).map(([field, text]) => `${field}:${text}`) },
  { weight: 2, arbitrary: value.filter((text) => !/^[*-]/.test(text) || /^\*\w/.test(text)) },
  fc.constantFrom('decision:deny', 'decision:(allow OR alert)', 'outcome:ok', 'tool:="a*b"', 'source_ip:10.0.0.0/8', 'source_ip:10.1.2.3/30', 'source_ip:2001:db8::/32', 'source_ip:::/0', 'source_ip:0.0.0.0/0', 'id:00000000-0000-7000-8000-000000000003'),
  fc.oneof(keyword, measured).map((field) => `has:${field}`),
  fc.tuple(keyword, fc.array(value, { minLength: 1, maxLength: 3 }), fc.constantFrom(' OR ', ' AND ')).map(([field, values, join]) => `${field}:(${values.join(join)})`),
); // prettier-ignore
const filter = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    term,
    tie('any').map((item) => `-(${item})`),
    fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((items) => `(${items.join(' ')})`),
    fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((items) => `(${items.join(' OR ')})`),
  ),
})).any;

let engine: TestClickHouse;
let store: ClickHouse;
let rows: (LensRow & { id: string })[];

beforeAll(async () => {
  engine = await startClickHouse();
  store = new ClickHouse({ url: await engine.createDatabase(), application: 'lens-test' });
  await migrate(store, { migrations: await loadMigrations(MIGRATIONS), topology: { kind: 'single' } });
  const made = fc.sample(row, { numRuns: ROWS, seed: 7 });
  await store.insertRows(
    'audit_events',
    made.map((values, index) => ({
      ...values, tenant_id: 'acme', event_time: new Date(T0 + index * 1_000).toISOString().replace('Z', ''),
      event_id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`, row_version: 2, retention_class: 2200, ingested_at: '2026-01-01 00:00:00.000',
    })),
  ); // prettier-ignore
  rows = (await select('')) as typeof rows;
});

afterAll(async () => {
  await store?.close();
  await engine?.stop();
});

async function select(text: string) {
  const result = compile(parse(text).query, SCOPE, { limit: 1_000 });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return (await store.rows(result.compiled.sql, { params: result.compiled.parameters })).rows;
}

const ids = (found: readonly LensRow[]) =>
  found.map(({ id }) => Number(String(id).slice(-12))).sort((a, b) => a - b);

describe('a matcher', () => {
  it('finds in memory what the engine finds, whatever the filter', async () => {
    expect(rows).toHaveLength(ROWS);
    let [ran, some] = [0, 0];
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const parsed = parse(text);
        const result = compileMatcher(parsed.query);
        fc.pre(parsed.diagnostics.length === 0 && result.ok);
        const found = ids(rows.filter((each) => result.ok && result.matcher.matches(each)));
        expect(found, text).toEqual(ids(await select(text)));
        ran += 1;
        if (found.length > 0 && found.length < ROWS) some += 1;
      }),
      { numRuns: 150 },
    );
    // The property says nothing if nearly every filter finds nothing, or everything.
    expect(some).toBeGreaterThan(ran / 4);
  }, 120_000);
});
