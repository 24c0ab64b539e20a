import { fileURLToPath } from 'node:url';
import { ClickHouse, loadMigrations, migrate } from '@portcullis/clickhouse';
import { startClickHouse, type TestClickHouse } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../test/start-test-api.js';
import type { ActivityLog, RecordedActivity } from '../activity/activity-log.js';
import { AuditStore } from '../audit-store/audit-store.js';

const T0 = Date.UTC(2026, 0, 1, 12);
const range = { from: new Date(T0).toISOString(), to: new Date(T0 + 3_600_000).toISOString() };
const acme = { tenantId: 'acme', ownerId: 'ana' };
const other = { tenantId: 'other', ownerId: 'eve' };

const row = (n: number, values: object) => ({
  tenant_id: 'acme',
  event_time: new Date(T0 + n * 1000).toISOString().replace('Z', ''),
  event_id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
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
let writer: ClickHouse;
let store: AuditStore;
let api: TestApi;
const recorded: RecordedActivity[] = [];
let recording = true;
const activity: ActivityLog = {
  record: (...activities) => {
    if (!recording) return Promise.reject(new Error('the outbox is down'));
    recorded.push(...activities);
    return Promise.resolve();
  },
};

beforeAll(async () => {
  engine = await startClickHouse();
  const url = await engine.createDatabase();
  writer = new ClickHouse({ url, application: 'test' });
  const migrations = fileURLToPath(new URL('../../../audit/migrations', import.meta.url));
  await migrate(writer, { migrations: await loadMigrations(migrations), topology: { kind: 'single' } });
  await writer.insertRows('audit_events', [
    ...Array.from({ length: 30 }, (_, n) =>
      row(n, {
        tool: `tool-${n % 15}`,
        connection: n % 2 ? 'github' : 'prod-db',
        trace: 'ig_trace_a',
        latency_ms: n,
        upstream_ms: n / 2,
        args: '{"secret":"s3cret"}',
      }),
    ),
    row(40, {
      tool: '=cmd|calc',
      decision: 'deny',
      outcome: 'denied',
      rule: 'no <b>\u202e',
      connection: 'github',
      trace: 'ig_trace_b',
    }),
    row(41, { type: 'policy_published', method: '', decision: '', outcome: '' }),
    { ...row(42, { tool: 'theirs', trace: 'ig_trace_c' }), tenant_id: 'other' },
  ]);
  store = new AuditStore(url);
  api = await startTestApi({ store, activity });
});

afterAll(async () => {
  await api?.close();
  await store?.close();
  await writer?.close();
  await engine?.stop();
});

describe('POST /lens/facets', () => {
  it('counts the values of each field under the filter, and says what is not listed', async () => {
    const { status, body } = await api.call(acme, 'POST', '/lens/facets', {
      q: 'type:tool_call',
      ...range,
      fields: ['tool', 'decision', 'tool', 'rule'],
      values: 4,
    });
    expect(status).toBe(200);
    expect(body.data).toMatchObject([
      {
        field: 'tool',
        values: [{ count: 2 }, { count: 2 }, { count: 2 }, { count: 2 }],
        others: { count: 23, values: 12 },
      },
      {
        field: 'decision',
        values: [
          { value: 'allow', count: 30 },
          { value: 'deny', count: 1 },
        ],
        others: { count: 0, values: 0 },
      },
      {
        field: 'rule',
        values: [
          { value: '', count: 30 },
          { value: 'no <b>\u202e', count: 1 },
        ],
        others: { count: 0, values: 0 },
      },
    ]);
    expect(body.meta).toMatchObject({ from: range.from, to: range.to, queryId: expect.any(String) });
  });

  it('has the fields people ask for first, all of them, without rows too', async () => {
    const { body } = await api.call(acme, 'POST', '/lens/facets', { q: 'tool:nothing', ...range });
    expect(body.data).toHaveLength(8);
    expect(body.data).toContainEqual({ field: 'agent', values: [], others: { count: 0, values: 0 } });
  });

  it('shows an organization its own rows alone', async () => {
    const { body } = await api.call(other, 'POST', '/lens/facets', { ...range, fields: ['tool'] });
    expect(body.data).toEqual([
      { field: 'tool', values: [{ value: 'theirs', count: 1 }], others: { count: 0, values: 0 } },
    ]);
  });

  it.each([
    [{ q: 'tool:(' }, 'lens.invalid'],
    [{ q: 'tolo:x' }, 'lens.invalid'],
    [{ fields: ['nothing'] }, 'lens.invalid'],
    [{ fields: ['tool | limit 1'] }, 'lens.invalid'],
    [{ fields: ['args'] }, 'lens.invalid'],
    [{ fields: [] }, 'request.invalid'],
    [{ fields: Array.from({ length: 13 }, (_, n) => `metadata.k${n}`) }, 'request.invalid'],
    [{ from: 'now', to: 'now-1h' }, 'request.invalid'],
    [{ values: 1000 }, 'request.invalid'],
    [{ tenantId: 'other' }, 'request.invalid'],
  ])('refuses %j', async (body, code) => {
    const answer = await api.call(acme, 'POST', '/lens/facets', { ...range, ...body });
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });
});

describe('POST /lens/histogram', () => {
  it('counts by decision over time', async () => {
    const { body } = await api.call(acme, 'POST', '/lens/histogram', {
      q: '| stats count() by tool',
      ...range,
      buckets: 120,
    });
    expect(body.meta['everySeconds']).toBe(30);
    expect(body.data).toEqual([
      { time: '2026-01-01T12:00:00.000Z', total: 30, decisions: { allow: 30 } },
      { time: '2026-01-01T12:00:30.000Z', total: 2, decisions: { '': 1, deny: 1 } },
    ]);
  });
});

describe('GET /traces/:traceId', () => {
  const spans = (data: unknown) => (data as { spans: { latency_ms: number }[] }).spans;

  it('has the calls of all connections, oldest first, page by page, without payload', async () => {
    const first = await api.call(acme, 'GET', '/traces/ig_trace_a?limit=20');
    expect(first.body.meta).toMatchObject({ events: 30, connections: 2 });
    const second = await api.call(
      acme,
      'GET',
      `/traces/ig_trace_a?limit=20&cursor=${String(first.body.meta['cursor'])}`,
    );
    expect([...spans(first.body.data), ...spans(second.body.data)].map((span) => span.latency_ms)).toEqual(
      Array.from({ length: 30 }, (_, n) => n),
    );
    expect(second.body.meta).toMatchObject({ cursor: null, events: 30 });
    expect(first.text).not.toContain('s3cret');
  });

  it.each(['nothing', 'ig_trace_c', "x' OR 1=1 --", 'ig_trace_*'])('%s does not exist', async (trace) => {
    const { status, body } = await api.call(acme, 'GET', `/traces/${encodeURIComponent(trace)}`);
    expect([status, body.code]).toEqual([404, 'trace.not_found']);
  });

  it("takes no other trace's cursor", async () => {
    const { body } = await api.call(acme, 'GET', '/traces/ig_trace_a?limit=2');
    expect(
      (await api.call(acme, 'GET', `/traces/ig_trace_b?limit=2&cursor=${String(body.meta['cursor'])}`)).body
        .code,
    ).toBe('request.bad_cursor');
  });
});

describe('POST /lens/export', () => {
  it('writes CSV that no spreadsheet runs, and NDJSON', async () => {
    const csv = await api.call(acme, 'POST', '/lens/export', {
      q: 'decision:deny | fields tool, rule',
      ...range,
      format: 'csv',
    });
    expect(csv.text).toBe("tool,rule\r\n'=cmd|calc,no <b>\\u202e\r\n");
    expect(csv.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="portcullis-export.csv"',
      'x-content-type-options': 'nosniff',
    });
    const lines = await api.call(acme, 'POST', '/lens/export', { q: 'type:tool_call', ...range, limit: 7 });
    expect(
      lines.text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(Array.from({ length: 7 }, () => 'tool_call'));
  });

  it('is recorded before it begins, and does not begin when it cannot be', async () => {
    recorded.length = 0;
    await api.call(acme, 'POST', '/lens/export', { q: 'tool:(', ...range });
    expect(recorded).toEqual([]);
    await api.call(acme, 'POST', '/lens/export', { q: 'decision:deny', ...range, format: 'csv', limit: 9 });
    expect(recorded).toEqual([
      {
        type: 'AuditExported',
        tenantId: 'acme',
        actor: expect.objectContaining({ type: 'api_key', id: 'key of ana' }),
        data: { q: 'decision:deny', ...range, format: 'csv', limit: 9 },
      },
    ]);
    recording = false;
    const answer = await api.call(acme, 'POST', '/lens/export', { q: 'decision:deny', ...range });
    recording = true;
    expect([answer.status, answer.body.code]).toEqual([503, 'lens.export_not_recorded']);
    expect(answer.text).not.toContain('calc');
  });
});
