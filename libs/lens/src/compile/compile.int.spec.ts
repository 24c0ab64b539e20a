import { ClickHouse, loadMigrations, migrate } from '@portcullis/clickhouse';
import { startClickHouse, type TestClickHouse } from '@portcullis/testing';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseField } from '../syntax/parse.js';
import { compile, type CompileOptions, type Scope } from './compile.js';
import { compileFacets, facetIndex } from './facets.js';
import { compileHistogram, histogramStep } from './histogram.js';
import { CURSOR_COLUMNS } from './rows.js';

const MIGRATIONS = fileURLToPath(new URL('../../../../services/audit/migrations', import.meta.url));
const T0 = Date.UTC(2026, 0, 1, 12);
const scope: Scope = { tenantId: 'acme', from: T0, to: T0 + 3_600_000 };

const row = (n: number, values: object) => ({
  tenant_id: 'acme',
  event_time: new Date(T0 + n * 60_000).toISOString().replace('Z', ''),
  event_id: `00000000-0000-7000-8000-00000000000${n}`,
  type: 'tool_call',
  row_version: 2,
  method: 'tools/call',
  decision: 'allow',
  outcome: 'ok',
  retention_class: 2200,
  ingested_at: '2026-01-01 00:00:00.000',
  ...values,
});

let engine: TestClickHouse;
let store: ClickHouse;

beforeAll(async () => {
  engine = await startClickHouse();
  store = new ClickHouse({ url: await engine.createDatabase(), application: 'lens-test' });
  await migrate(store, { migrations: await loadMigrations(MIGRATIONS), topology: { kind: 'single' } });
  await store.insertRows('audit_events', [
    row(1, {
      tool: 'github:create_issue',
      user: 'ana@example.com',
      latency_ms: 12,
      args: '{"path":"/etc/passwd","amount":501,"dry_run":true,"items":["a","b"]}',
      metadata: { team: 'data' },
      source_ip: '10.1.2.3',
      connection: 'github',
    }),
    row(2, {
      tool: 'delete_row',
      decision: 'deny',
      outcome: 'denied',
      reason: 'policy.denied',
      rule: 'no destructive tools',
      user: 'bob@example.com',
      latency_ms: 1,
      args: '{"path":"/srv/x","amount":5,"note":"Invoice Überweisung 42"}',
      metadata: { team: 'web' },
      source_ip: '10.9.0.1',
      connection: 'prod-db',
    }),
    row(3, {
      tool: 'search',
      decision: 'alert',
      user: '',
      latency_ms: 250.5,
      args: '{"q":"50% off \\"now\\""}',
      source_ip: '2001:db8::1',
      connection: 'github',
      trace: 'ig_trace_a',
    }),
    row(4, {
      tool: 'search',
      user: 'ana@example.com',
      latency_ms: 40,
      outcome: 'tool_error',
      error: 'jsonrpc:-32000',
      args: '',
      source_ip: 'unknown',
      connection: 'github',
      attrs: { 'after.name': 'x' },
    }),
    // A second copy of row 4, as a redelivery leaves it, and a foreign organization's row.
    row(4, {
      tool: 'search',
      user: 'ana@example.com',
      latency_ms: 40,
      outcome: 'tool_error',
      error: 'jsonrpc:-32000',
      args: '',
      source_ip: 'unknown',
      connection: 'github',
      attrs: { 'after.name': 'x' },
    }),
    { ...row(5, { tool: 'search', user: 'ana@example.com' }), tenant_id: 'other' },
  ]);
});

afterAll(async () => {
  await store?.close();
  await engine?.stop();
});

function compiled(text: string, options: Partial<CompileOptions> = {}, within: Scope = scope) {
  const parsed = parse(text);
  expect(parsed.diagnostics).toEqual([]);
  const result = compile(parsed.query, within, { limit: 50, ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.compiled;
}

async function run(text: string, options: Partial<CompileOptions> = {}, within?: Scope) {
  const { sql, parameters } = compiled(text, options, within);
  return (await store.rows(sql, { params: parameters })).rows;
}

const ids = (rows: Record<string, unknown>[]) =>
  rows.map((found) => Number(String(found[CURSOR_COLUMNS.id]).slice(-1))).sort();

describe('filters', () => {
  it.each([
    ['', [1, 2, 3, 4]],
    ['tool:search', [3, 4]],
    ['tool:github:create_issue', [1]],
    ['tool:github:*', [1]],
    ['tool:*_row', [2]],
    ['tool:*eat*', [1]],
    ['tool:*', [1, 2, 3, 4]],
    ['user:*', [1, 2, 4]],
    ['has:user', [1, 2, 4]],
    ['-has:user', [3]],
    ['tool:re:"^(delete|drop)_"', [2]],
    ['tool:="search"', [3, 4]],
    ['tool:Search', []],
    ['decision:(deny OR alert)', [2, 3]],
    ['-decision:allow', [2, 3]],
    ['NOT (decision:allow OR decision:deny)', [3]],
    ['tool:search OR decision:deny user:bob@example.com', [2, 3, 4]],
    ['latency_ms:>12', [3, 4]],
    ['latency_ms:[1 TO 12]', [1, 2]],
    ['latency_ms:250.5', [3]],
    ['args.path:/etc/*', [1]],
    ['args.path:/etc/passwd', [1]],
    ['args.amount:>500', [1]],
    ['args.amount:5', [2]],
    ['-args.amount:>500', [2, 3, 4]],
    ['args.dry_run:true', [1]],
    ['args.items.1:b', [1]],
    ['has:args.amount', [1, 2]],
    ['args.q:"50% off \\"now\\""', [3]],
    ['metadata.team:data', [1]],
    ['has:metadata.team', [1, 2]],
    ['metadata:web', [2]],
    ['attrs."after.name":x', [4]],
    ['attrs.after.name:x', [4]],
    ['source_ip:10.0.0.0/8', [1, 2]],
    ['source_ip:10.9.0.1', [2]],
    ['source_ip:2001:db8::/32', [3]],
    ['trace:ig_trace_a', [3]],
    ['id:00000000-0000-7000-8000-000000000002', [2]],
    ['passwd', [1]],
    ['PASSWD', [1]],
    ['passw', []],
    ['*assw*', [1]],
    ['passw*', [1]],
    ['überweisung', [2]],
    ['invoice 42', [2]],
    ['"invoice überweisung"', [2]],
    ['"überweisung invoice"', []],
    ['destructive', [2]],
    ['args:invoice', [2]],
    ['re:"pass(wd|word)"', [1]],
  ])('%s', async (text, expected) => {
    expect(ids(await run(text))).toEqual(expected);
  });

  it('keeps to the organization and the time of its scope', async () => {
    expect(ids(await run('tool:search', {}, { ...scope, tenantId: 'other' }))).toEqual([5]);
    expect(ids(await run('tool:search', {}, { ...scope, from: T0 + 4 * 60_000 }))).toEqual([4]);
    expect(ids(await run('tool:search', {}, { ...scope, to: T0 + 4 * 60_000 }))).toEqual([3]);
    expect(ids(await run('tool:"\' OR tenant_id = \'other"'))).toEqual([]);
  });
});

describe('rows', () => {
  it('pages by keyset in every order without a gap or a repetition', async () => {
    for (const sort of [
      '',
      '| sort latency_ms',
      '| sort latency_ms desc',
      '| sort tool',
      '| sort time',
      '| sort args.amount desc',
    ]) {
      const seen: number[] = [];
      let cursor: CompileOptions['cursor'];
      for (let page = 0; page < 10; page += 1) {
        const rows = await run(sort, { limit: 1, ...(cursor ? { cursor } : {}) });
        const [first] = rows;
        if (first === undefined) break;
        seen.push(...ids([first]));
        cursor = {
          sort: first[CURSOR_COLUMNS.sort] as string | number,
          time: Number(first[CURSOR_COLUMNS.time]),
          id: String(first[CURSOR_COLUMNS.id]),
          ceiling: Date.now(),
        };
        if (rows.length === 1) break;
      }
      expect([...seen].sort(), sort).toEqual([1, 2, 3, 4]);
    }
  });

  it('answers the chosen fields by the name they were written with', async () => {
    const [first] = await run(
      'tool:github:create_issue | fields time, tool, args.amount, metadata.team, latency',
    );
    expect(first).toMatchObject({
      time: '2026-01-01T12:01:00.000Z',
      tool: 'github:create_issue',
      'args.amount': '501',
      'metadata.team': 'data',
      latency_ms: 12,
    });
  });

  it('says which payload a query reads', () => {
    expect(compiled('| fields tool, args.path').sensitive).toEqual(['args']);
    expect(compiled('| fields tool').sensitive).toEqual([]);
  });
});

describe('tables', () => {
  it('groups, counts copies once, sorts and limits', async () => {
    expect(await run('| stats count(), p50(latency_ms), uniq(user), sum(args.amount) by connection')).toEqual(
      [
        {
          connection: 'github',
          'count()': 3,
          'p50(latency_ms)': 40,
          'uniq(user)': 2,
          'sum(args.amount)': 501,
        },
        { connection: 'prod-db', 'count()': 1, 'p50(latency_ms)': 1, 'uniq(user)': 1, 'sum(args.amount)': 5 },
      ],
    );
    expect(await run('| stats count() by tool | sort count() | limit 1')).toEqual([
      { tool: 'delete_row', 'count()': 1 },
    ]);
    expect(await run('| top 1 tool')).toEqual([{ tool: 'search', 'count()': 2 }]);
    expect(
      await run(
        '| stats avg(latency_ms), max(latency_ms) | fields max(latency_ms)'.replace(
          ' | fields max(latency_ms)',
          '',
        ),
      ),
    ).toEqual([{ 'avg(latency_ms)': 75.875, 'max(latency_ms)': 250.5 }]);
    expect(await run('tool:nothing | stats count(), avg(latency_ms)')).toEqual([
      { 'count()': 0, 'avg(latency_ms)': null },
    ]);
    expect(await run('| stats rate()')).toEqual([{ 'rate()': 4 / 3600 }]);
  });

  it('makes a series over time, with the rest as other', async () => {
    expect(await run('| timeseries count() by decision every 2m')).toEqual([
      { time: '2026-01-01T12:00:00Z', decision: 'allow', 'count()': 1 },
      { time: '2026-01-01T12:02:00Z', decision: 'alert', 'count()': 1 },
      { time: '2026-01-01T12:02:00Z', decision: 'deny', 'count()': 1 },
      { time: '2026-01-01T12:04:00Z', decision: 'allow', 'count()': 1 },
    ]);
  });
});

describe('facets', () => {
  const facets = async (text: string, names: string[], limit = 2) => {
    const result = compileFacets(
      parse(text).query,
      names.map((name) => parseField(name) ?? { path: [name], from: 0, to: 0 }),
      scope,
      { limit },
    );
    if (!result.ok) return result.diagnostics.map(({ code }) => code);
    const { rows } = await store.rows(result.compiled.sql, { params: result.compiled.parameters });
    return rows.map((found) => [
      names[facetIndex(Number(found['g']), names.length)],
      found['value'],
      Number(found['count']),
      Number(found['rows']),
      Number(found['values']),
    ]);
  };

  it('counts several fields in one answer: the top of each, and how much there is in all', async () => {
    expect(await facets('', ['tool', 'decision', 'metadata.team', 'latency_ms'])).toEqual(
      expect.arrayContaining([
        ['tool', 'search', 2, 4, 3],
        ['tool', 'delete_row', 1, 4, 3],
        ['decision', 'allow', 2, 4, 3],
        ['decision', 'alert', 1, 4, 3],
        ['metadata.team', '', 2, 4, 3],
        ['metadata.team', 'data', 1, 4, 3],
      ]),
    );
    expect(await facets('', ['tool', 'decision', 'metadata.team', 'latency_ms'])).toHaveLength(8);
    expect(await facets('decision:deny | stats count() by user', ['tool'])).toEqual([
      ['tool', 'delete_row', 1, 1, 1],
    ]);
    expect(await facets('decision:hold', ['tool', 'user'])).toEqual([]);
  });

  it('refuses fields that are none, and a wrong filter', async () => {
    expect(await facets('nothing:1', ['tolo', 'args', 'time'])).toEqual([
      'lens.unknown_field',
      'lens.unknown_field',
      'lens.not_a_facet',
      'lens.not_a_facet',
    ]);
  });

  it.each([[1], [2], [3], [12]])('tells %i fields apart', async (count) => {
    const names = [
      'tool',
      'decision',
      'outcome',
      'user',
      'rule',
      'reason',
      'type',
      'method',
      'connection',
      'error',
      'trace',
      'source_ip',
    ].slice(0, count);
    const found = (await facets('id:00000000-0000-7000-8000-000000000002', names)) as unknown[][];
    const byName = Object.fromEntries(found.map(([name, value]) => [name, value]));
    expect(Object.keys(byName)).toHaveLength(count);
    expect(byName).toMatchObject({
      tool: 'delete_row',
      ...(count > 1 ? { decision: 'deny' } : {}),
      ...(count > 2 ? { outcome: 'denied' } : {}),
    });
  });
});

describe('histogram', () => {
  it('counts by decision in buckets of a readable length', async () => {
    const result = compileHistogram(parse('-tool:nothing | stats count()').query, scope, { buckets: 30 });
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
    const { rows } = await store.rows(result.compiled.sql, { params: result.compiled.parameters });
    expect(result.compiled.everySeconds).toBe(120);
    expect(
      rows.map((found) => [Number(found['time']) - T0, found['decision'], Number(found['count'])]),
    ).toEqual([
      [0, 'allow', 1],
      [120_000, 'alert', 1],
      [120_000, 'deny', 1],
      [240_000, 'allow', 1],
    ]);
  });

  it.each([
    [1_000, 60, 1],
    [3_600_000, 60, 60],
    [7 * 86_400_000, 60, 10_800],
    [2_300 * 86_400_000, 60, 3_312_000],
  ])('cuts %i ms into at most %i', (range, buckets, step) => {
    expect(histogramStep({ from: 0, to: range }, buckets)).toBe(step);
  });
});
