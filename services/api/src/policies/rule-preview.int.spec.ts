import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditHistory, callerOf, policyKnowing } from '../../test/audit-history.js';
import { PREVIEW_ROWS, RulePreview, type RulePreviewRequest } from './rule-preview.js';

const NOW = Date.now();
const HOUR = 3_600_000;
const SHOP = {
  id: 'c-shop',
  slug: 'shop',
  name: 'The shop',
  upstreamUrl: 'https://shop.example.com/mcp',
  authType: 'none',
  authHeaderName: null,
  hasCredential: false,
  credentialRotatedAt: null,
  identity: { mode: 'none' },
  errorProfile: 'auto',
  enabled: true,
  createdAt: '',
  updatedAt: '',
};

let history: AuditHistory;
let preview: RulePreview;

beforeAll(async () => {
  history = await AuditHistory.start();
  preview = new RulePreview(policyKnowing('acme', { connection: SHOP }), history.store);
  await history.add([
    {
      time: NOW - HOUR,
      tool: 'refund',
      user: 'ana',
      agent: 'support',
      args: '{"amount":700}',
      metadata: { level: '7' },
    },
    {
      time: NOW - 2 * HOUR,
      tool: 'refund',
      user: 'bob',
      decision: 'deny',
      outcome: 'denied',
      args: '{"amount":20}',
      metadata: { level: '3' },
    },
    { time: NOW - 3 * HOUR, tool: 'refund', user: '', args: '{"amount":900,"note":"cut of' },
    { time: NOW - 4 * HOUR, tool: 'delete_row', connection: 'db', connection_id: 'c-db' },
    { time: NOW - 30 * HOUR, tool: 'refund', user: 'old', args: '{"amount":9000}' },
    {
      time: NOW - HOUR,
      type: 'resource_read',
      method: 'resources/read',
      tool: '',
      resource: 'file:///etc/passwd',
    },
    { time: NOW - HOUR, type: 'policy_published', method: '', tool: '' },
    { time: NOW - HOUR, tenant_id: 'other', tool: 'refund', args: '{"amount":701}' },
  ]);
});

afterEach(() => void vi.restoreAllMocks());
afterAll(() => history?.stop());

const target = { kind: 'mcp_tool', tool: '*' };
const of = (
  rule: Record<string, unknown>,
  over: Partial<RulePreviewRequest> = {},
  samples = true,
  tenantId = 'acme',
) =>
  preview.of(
    callerOf(tenantId),
    { rule: { name: 'r', target, action: 'deny', ...rule }, from: 'now-1d', to: 'now', ...over },
    samples,
  );

describe('which calls of the past a rule would have matched', () => {
  it('by tool, with what became of them', async () => {
    expect(await of({ target: { kind: 'mcp_tool', tool: 're*' } })).toMatchObject({
      matched: 3,
      scanned: 4,
      truncated: false,
      undecided: 0,
      byDecision: { allow: 2, deny: 1 },
      unknowable: [],
      samples: [
        { tool: 'refund', user: 'ana', agent: 'support', connection: 'shop', decision: 'allow' },
        { user: 'bob', decision: 'deny' },
        { user: null, agent: null },
      ],
    });
  });

  it('by arguments; those that were cut are not guessed', async () => {
    expect(await of({ conditions: { 'arguments.amount': { gt: 500 } } })).toMatchObject({
      matched: 1,
      undecided: 1,
      samples: [{ user: 'ana' }],
    });
  });

  it('by metadata, user, connection and time of the call', async () => {
    expect(await of({ conditions: { 'metadata.level': { gte: 5 } } })).toMatchObject({ matched: 1 });
    expect(await of({ conditions: { user: { in: ['ana', 'bob'] } } })).toMatchObject({ matched: 2 });
    expect(await of({ conditions: { 'connection.slug': 'db' } })).toMatchObject({
      matched: 1,
      samples: [{ tool: 'delete_row' }],
    });
    const hour = new Date(NOW - HOUR).getUTCHours();
    expect(await of({ conditions: { 'time.hour': hour } })).toMatchObject({ matched: 1 });
  });

  it('on resources', async () => {
    expect(await of({ target: { kind: 'mcp_resource', uri: 'file:///etc/*' } })).toMatchObject({
      matched: 1,
      scanned: 1,
      samples: [{ tool: null }],
    });
  });

  it('within one connection and range', async () => {
    expect(await of({ conditions: { 'connection.name': 'The shop' } }, { connection: 'shop' })).toMatchObject(
      { scanned: 3, matched: 3, unknowable: [] },
    );
    expect(await of({}, { from: 'now-2d' })).toMatchObject({ scanned: 5 });
  });

  it('names what the history does not hold', async () => {
    expect(await of({ conditions: { 'session.calls': { gt: 1 } } })).toMatchObject({
      matched: 0,
      unknowable: ['session.calls'],
    });
  });

  it('shows counts alone to who may not read the audit history, and nothing of another organization', async () => {
    expect(await of({}, {}, false)).toMatchObject({ matched: 4, samples: [] });
    expect(await of({}, {}, true, 'other')).toMatchObject({ matched: 1, samples: [{ tool: 'refund' }] });
  });

  it('refuses a rule that is wrong with its place, and a connection of somebody else', async () => {
    const issuesOf = (rule: Record<string, unknown>) =>
      of(rule).then(
        () => null,
        (error: { problem: unknown }) => error.problem,
      );
    expect(await issuesOf({ conditions: { 'arguments.a': { gt: 'x' } } })).toMatchObject({
      status: 400,
      code: 'policy.invalid',
      issues: [{ pointer: '/rule/conditions/arguments.a/gt' }],
    });
    expect(await issuesOf({ target: { kind: 'mcp_tool', tool: '{a' } })).toMatchObject({
      status: 400,
      issues: [{ pointer: expect.stringContaining('/rule/target') as string }],
    });
    expect(await issuesOf({ action: 'hold' })).toMatchObject({ status: 400, code: 'policy.not_supported' });
    await expect(of({}, { connection: 'shop' }, true, 'other')).rejects.toMatchObject({
      code: 'connection.not_found',
    });
  });

  it('stops at 20,000 calls, the newest, and says so', async () => {
    const rows = Array.from({ length: PREVIEW_ROWS + 5 }, (_, index) => ({
      time: NOW - 100 * HOUR - index,
      user: index < PREVIEW_ROWS ? 'new' : 'old',
    }));
    await history.add(rows);
    const range = {
      from: new Date(NOW - 110 * HOUR).toISOString(),
      to: new Date(NOW - 90 * HOUR).toISOString(),
    };
    // A busy machine may need longer than a preview may take; that is another reason to stop.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    expect(await of({ conditions: { user: 'new' } }, range)).toMatchObject({
      scanned: PREVIEW_ROWS,
      matched: PREVIEW_ROWS,
      truncated: true,
    });
    expect(await of({ conditions: { 'arguments.a': 1 } }, range)).toMatchObject({
      scanned: PREVIEW_ROWS,
      matched: 0,
      truncated: true,
    });
  });
});
