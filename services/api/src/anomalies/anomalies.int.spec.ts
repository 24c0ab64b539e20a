import type { AnomalyView } from '@portcullis/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditHistory } from '../../test/audit-history.js';
import { startTestApi, type TestApi } from '../../test/start-test-api.js';

const T0 = Date.now() - 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();
const id = (n: number) => `0197c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** The row the audit service stores of a finding. */
function finding(
  n: number,
  {
    tenantId = 'acme',
    kind = 'rate_spike',
    severity = 'high',
    slug = 'github',
    ...more
  }: Record<string, unknown> = {},
) {
  const time = T0 + n * 60_000;
  const data = {
    findingId: id(n), kind, detectorVersion: 1, severity, title: 'x'.repeat(200), connection: { id: `c-${String(slug)}`, slug }, agent: null, key: null, session: null,
    user: null, tool: 'delete_row', observed: { value: 150, unit: 'calls', detail: { windowMinutes: 5 } }, expected: { value: 15.5, threshold: 46, detail: { multiplier: 3 } },
    window: { from: iso(time), to: iso(time) }, lensQuery: { q: `connection:${String(slug)} ${'y'.repeat(2_000)}`, from: iso(time), to: iso(time) },
    evidence: Array.from({ length: 20 }, (_, at) => `request-${at}`), dedupKey: `k${n}`, suppressed: 2, ...more,
  }; // prettier-ignore
  const event = {
    id: id(n), type: 'FindingRaised', version: 1, tenantId, stream: 's', position: -1, occurredAt: iso(time), actor: { type: 'service', id: 'anomaly' },
    correlationId: 'ig_trace_1', causationId: null, traceparent: null, data,
  }; // prettier-ignore
  return {
    time,
    tenant_id: tenantId,
    event_id: id(n),
    type: 'anomaly',
    connection: slug,
    attrs: { kind, severity },
    raw: JSON.stringify(event),
    outcome: '',
    decision: '',
  };
}

let history: AuditHistory;
let api: TestApi;
const reader = { tenantId: 'acme', ownerId: 'm1' };
const list = async (query = '') => {
  const { status, body } = await api.call(reader, 'GET', `/anomalies${query}`);
  return {
    status,
    code: body.code,
    views: body.data as unknown as AnomalyView[],
    cursor: body.meta?.['cursor'] as string | null,
  };
};
const numbers = (views: readonly AnomalyView[]) => views.map((view) => Number(view.id.slice(-12)));

beforeAll(async () => {
  history = await AuditHistory.start();
  api = await startTestApi({ store: history.store });
  await history.add([
    finding(1), finding(1), finding(2, { kind: 'first_use', severity: 'low' }), finding(3, { slug: 'prod-db' }), finding(4, { severity: 'medium' }),
    finding(5, { tenantId: 'other' }), { ...finding(6), raw: '{"broken' }, finding(7, { severity: 'dire' }),
    { time: T0, tool: 'search' },
  ]); // prettier-ignore
});

afterAll(async () => {
  await api?.close();
  await history?.stop();
});

describe('GET /api/v1/anomalies', () => {
  it('lists findings newest first, whole, with what was observed and the query that shows it', async () => {
    const { views } = await list();
    expect(numbers(views)).toEqual([4, 3, 2, 1]);
    expect(views[3]).toMatchObject({
      id: id(1), timestamp: iso(T0 + 60_000), kind: 'rate_spike', severity: 'high', connection: 'github', connectionId: 'c-github', traceId: 'ig_trace_1', tool: 'delete_row',
      observed: { value: 150, unit: 'calls', detail: { windowMinutes: 5 } }, expected: { value: 15.5, threshold: 46, detail: { multiplier: 3 } }, suppressed: 2,
    }); // prettier-ignore
    expect(views[3]?.evidence).toHaveLength(20);
    // Longer than what a row's attributes hold.
    expect(views[3]?.lensQuery.q).toHaveLength('connection:github '.length + 2_000);
  });

  it.each([
    ['?kind=first_use', [2]],
    ['?severity=high', [3, 1]],
    ['?connection=github&severity=high', [1]],
    ['?kind=nothing', []],
    [`?from=${iso(T0 + 150_000)}`, [4, 3]],
    [`?to=${iso(T0 + 150_000)}`, [2, 1]],
    [`?kind=${encodeURIComponent("' OR 1=1 --")}`, []],
  ])('filters by %s', async (query, expected) => {
    expect(numbers((await list(query)).views)).toEqual(expected);
  });

  it('pages without a gap or a repetition, and takes no cursor of another list', async () => {
    const seen: number[] = [];
    let cursor: string | null = '';
    for (let page = 0; page < 10 && cursor !== null; page += 1) {
      const answer: Awaited<ReturnType<typeof list>> = await list(
        `?limit=1${cursor ? `&cursor=${cursor}` : ''}`,
      );
      seen.push(...numbers(answer.views));
      cursor = answer.cursor;
    }
    expect(seen).toEqual([4, 3, 2, 1]);
    const first = await list('?limit=1');
    expect(await list(`?limit=1&severity=high&cursor=${first.cursor}`)).toMatchObject({
      status: 400,
      code: 'request.bad_cursor',
    });
  });

  it.each([
    ['?severity=dire', 400],
    ['?from=yesterday', 400],
    ['?from=now&to=now-1h', 400],
    ['?limit=0', 400],
    ['?limit=100000', 400],
    [`?kind=${'x'.repeat(100)}`, 400],
  ])('refuses %s', async (query, status) => {
    expect((await list(query)).status).toBe(status);
  });

  it('shows one, and none of another organization', async () => {
    expect((await api.call(reader, 'GET', `/anomalies/${id(2)}`)).body.data).toMatchObject({
      id: id(2),
      kind: 'first_use',
    });
    expect(await api.call(reader, 'GET', `/anomalies/${id(5)}`)).toMatchObject({
      status: 404,
      body: { code: 'anomaly.not_found' },
    });
    expect((await api.call({ tenantId: 'other', ownerId: 'm2' }, 'GET', `/anomalies/${id(5)}`)).status).toBe(
      200,
    );
    expect((await api.call({ ...reader, scopes: ['mcp'] }, 'GET', '/anomalies')).status).toBe(403);
  });
});
