import { anomalyFindingSchemas, gatewayCallSchemas, policyEventSchemas } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  callFacts,
  completed,
  decided,
  DECIDED_AT,
  domainEvent,
  envelope,
  eventId,
  refusalsCounted,
  refused,
  shown,
} from '../../test/events.js';
import { emptyRow, type AuditRow } from './audit-row.js';
import { readEvent, RECORD_LIMIT } from './read-event.js';

const at = { topic: 'gateway.calls.v1', partition: 3, offset: 77n };
const read = (event: unknown) => readEvent(bytesOf(event), at);
const rowOf = (event: unknown): AuditRow => read(event).row;
const codeOf = (value: unknown): string => {
  try {
    readEvent(value instanceof Uint8Array ? value : bytesOf(value), at);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

const callRow: Partial<AuditRow> = {
  tenant_id: 'tenant-a',
  event_time: shown(DECIDED_AT),
  event_id: eventId(1),
  type: 'tool_call',
  method: 'tools/call',
  tool: 'create_issue',
  decision: 'allow',
  rule: 'the rest',
  policy: 'production',
  policy_id: 'policy-1',
  revision: 4,
  connection: 'github',
  connection_id: 'connection-1',
  user: 'ana@example.com',
  user_bound: 1,
  agent: 'coder',
  key: 'laptop',
  key_id: 'key-1',
  client: 'claude-code/2.0',
  session: 'session-1',
  protocol_session: 'protocol-1',
  trace: 'ig_trace_1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  source_ip: '10.0.0.7',
  policy_ms: 0.42,
  bytes_in: 321,
  args: '{"title":"Broken"}',
  args_digest: 'a'.repeat(64),
  metadata: { role: 'intern', level: '3', trial: 'false' },
  attrs: { audit: 'buffered' },
  retention_class: 400,
  log_topic: 'gateway.calls.v1',
  log_partition: 3,
  log_offset: '77',
  gateway_id: 'gateway-1',
  gateway_epoch: 'epoch-1',
  gateway_seq: 1,
  schema_version: 1,
};

describe('calls', () => {
  it('stores a completion whole', () => {
    expect(rowOf(completed(1))).toEqual({
      ...emptyRow(),
      ...callRow,
      row_version: 2,
      outcome: 'ok',
      latency_ms: 12.5,
      upstream_ms: 10.25,
      bytes_out: 654,
      result: '{"content":[]}',
      result_digest: 'b'.repeat(64),
    });
  });

  it('stores a refusal as denied, with the conditions that matched', () => {
    const conditions = [{ attribute: 'arguments.amount', operator: 'gt', expected: 500, actual: 912 }];
    expect(rowOf(refused(1, { conditions }))).toEqual({
      ...emptyRow(),
      ...callRow,
      row_version: 2,
      decision: 'deny',
      outcome: 'denied',
      reason: 'policy.denied',
      error: 'policy.denied',
      rule: 'no destructive tools',
      conditions: JSON.stringify(conditions),
      latency_ms: 0.9,
    });
  });

  it('keeps a decided call pending with the row it gets should nothing follow', () => {
    const fact = read(decided(1));
    expect(fact).toMatchObject({ kind: 'pending', endsBy: DECIDED_AT + 10 * 60_000 });
    expect(fact.row).toEqual({ ...emptyRow(), ...callRow, row_version: 1, outcome: 'unknown' });
  });

  it('gives all events of a request one key and one table partition', () => {
    const rows = [rowOf(decided(1)), rowOf(completed(1)), rowOf(refused(1))];
    const keys = rows.map((row) => [row.tenant_id, row.event_time, row.event_id, row.retention_class]);
    expect(new Set(keys.map(String)).size).toBe(1);
  });

  it.each([
    ['tools/call', 'tool', 'tool_call', 'tool'],
    ['resources/read', 'resource', 'resource_read', 'resource'],
    ['prompts/get', 'prompt', 'prompt_get', 'prompt'],
    ['resources/subscribe', 'resource', 'method', 'resource'],
    ['tools/list', 'method', 'list', undefined],
    ['resources/list', 'method', 'list', undefined],
    ['resources/templates/list', 'method', 'list', undefined],
    ['prompts/list', 'method', 'list', undefined],
    ['initialize', 'method', 'initialize', undefined],
    ['ping', 'method', 'method', undefined],
    ['constructor', 'method', 'method', undefined],
  ] as const)('%s of kind %s is a %s', (method, kind, type, column) => {
    const row = rowOf(completed(1, { method, kind, name: column ? 'the name' : '' }));
    expect(row.type).toBe(type);
    expect({ tool: row.tool, resource: row.resource, prompt: row.prompt }).toEqual({
      tool: '',
      resource: '',
      prompt: '',
      ...(column ? { [column]: 'the name' } : {}),
    });
  });

  it('stores what is absent as empty', () => {
    const row = rowOf(
      completed(1, {
        connection: null, agentSession: null, protocolSession: null, key: null, user: null, userBound: false,
        traceparent: null, client: null, rule: null, policy: null, argumentsDigest: null, arguments: '', metadata: {},
      }), // prettier-ignore
    );
    expect(row).toMatchObject({
      connection: '',
      session: '',
      key: '',
      agent: '',
      user: '',
      user_bound: 0,
      client: '',
      rule: '',
      policy: '',
      revision: 0,
    });
  });

  it('says when the server asked the client', () => {
    expect(rowOf(completed(1, { direction: 'server' })).attrs).toEqual({
      audit: 'buffered',
      direction: 'server',
    });
  });

  it('cuts what is too long, and says so', () => {
    const row = rowOf(
      completed(1, { name: 'x'.repeat(2000), user: 'y'.repeat(1025) }, { result: 'z'.repeat(20_000) }),
    );
    expect([row.tool.length, row.user.length, row.result.length]).toEqual([1024, 1024, 16_384]);
    expect(row.attrs).toEqual({ audit: 'buffered', 'audit.cut': 'tool user result' });
  });

  it('makes a key of a request id that is no UUID, the same each time', () => {
    const one = rowOf(completed(1, { requestId: 'request 1' })).event_id;
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(rowOf(decided(1, { requestId: 'request 1' })).event_id).toBe(one);
    expect(rowOf(completed(1, { requestId: 'request 2' })).event_id).not.toBe(one);
  });

  it('keeps numbers inside their columns', () => {
    const row = rowOf(
      completed(
        1,
        { bytesIn: -5, policyMs: -0.5, policy: { id: 'p', name: 'p', revision: 2 ** 40 } },
        { bytesOut: Number.MAX_SAFE_INTEGER, latencyMs: 1e300 },
      ),
    );
    expect(row).toMatchObject({
      bytes_in: 0,
      policy_ms: 0,
      revision: 0xffff_ffff,
      bytes_out: Number.MAX_SAFE_INTEGER,
      latency_ms: 1e300,
    });
  });

  it('does not believe a call may last for ever', () => {
    expect(read(decided(1, { maxDurationMs: 1e15 }))).toMatchObject({
      endsBy: DECIDED_AT + 30 * 86_400_000,
    });
  });

  it('keeps metadata that is named like a property of objects', () => {
    const event = JSON.stringify(completed(1)).replace('"role":"intern"', '"constructor":"x","toString":"y"');
    expect(rowOf(JSON.parse(event)).metadata).toEqual({
      constructor: 'x',
      toString: 'y',
      level: '3',
      trial: 'false',
    });
  });
});

describe('refusals of unknown callers', () => {
  it('are one row of the system tenant', () => {
    const event = refusalsCounted(1);
    expect(rowOf(event)).toEqual({
      ...emptyRow(),
      tenant_id: 'system',
      event_time: shown(DECIDED_AT + 801),
      event_id: eventId(1, 4),
      type: 'refusals',
      row_version: 2,
      decision: 'deny',
      outcome: 'denied',
      reason: 'auth.invalid',
      error: 'auth.invalid',
      source_ip: '203.0.113.9',
      actor: 'service:gateway',
      attrs: {
        sourceIp: '203.0.113.9',
        slug: 'github',
        reason: 'auth.invalid',
        from: '2026-03-04T05:06:00.000Z',
        to: '2026-03-04T05:06:10.000Z',
        count: '1234',
      },
      raw: JSON.stringify(event),
      retention_class: 30,
      log_topic: 'gateway.calls.v1',
      log_partition: 3,
      log_offset: '77',
      gateway_id: 'gateway-1',
      gateway_epoch: 'epoch-1',
      gateway_seq: 1,
      schema_version: 1,
    });
  });
});

describe('domain events', () => {
  it('are a row with who, what changed, and the event as it came', () => {
    const event = domainEvent(9, 'ConnectionChanged', {
      connectionId: 'connection-1',
      before: { name: 'Old', identity: { mode: 'none' } },
      after: { name: 'New', identity: { mode: 'token', claims: ['role'] } },
    });
    expect(rowOf(event)).toMatchObject({
      tenant_id: 'tenant-a',
      event_time: shown(DECIDED_AT + 801),
      event_id: eventId(9, 5),
      type: 'connection_changed',
      actor: 'user:member-1',
      user: 'ana@example.com',
      connection_id: 'connection-1',
      trace: 'correlation-9',
      attrs: {
        connectionId: 'connection-1',
        'before.name': 'Old',
        'before.identity.mode': 'none',
        'after.name': 'New',
        'after.identity.mode': 'token',
        'after.identity.claims.0': 'role',
      },
      raw: JSON.stringify(event),
      retention_class: 2200,
      gateway_id: '',
      decision: '',
      outcome: '',
    });
  });

  it('fill the columns calls have, so that one filter finds both', () => {
    const data = {
      sessionId: 's',
      connectionId: 'c',
      keyId: 'k',
      reason: 'runaway',
      slug: 'github',
      policyId: 'p',
      version: 3,
    };
    expect(rowOf(domainEvent(1, 'AgentSessionSuspended', data))).toMatchObject({
      session: 's', connection_id: 'c', key_id: 'k', reason: 'runaway', connection: 'github', policy_id: 'p', revision: 3,
    }); // prettier-ignore
  });

  it('are found by connection, key, tool and session where they name them', () => {
    const data = {
      kind: 'rate_spike', connection: { id: 'c', slug: 'github' }, key: { id: 'k', label: 'laptop' }, agent: 'coder',
      session: 's', user: 'ana', tool: 'search', observed: { value: 90, unit: 'calls' },
    }; // prettier-ignore
    expect(rowOf(domainEvent(1, 'FindingRaised', data, { actor: { type: 'service', id: 'anomaly' } }))).toMatchObject({
      connection: 'github', connection_id: 'c', key: 'laptop', key_id: 'k', agent: 'coder', session: 's', user: 'ana', tool: 'search',
      attrs: expect.objectContaining({ kind: 'rate_spike', 'observed.value': '90' }),
    }); // prettier-ignore
  });

  it('keep an unknown type or version raw and flagged', () => {
    const strange = domainEvent(1, 'QuotaHTTPExceeded', { limit: 5 });
    expect(rowOf(strange)).toMatchObject({
      type: 'quota_http_exceeded',
      attrs: { limit: '5', 'audit.unknown_type': 'true' },
      raw: JSON.stringify(strange),
    });
    expect(rowOf({ ...completed(1), version: 2 })).toMatchObject({
      type: 'call_completed',
      attrs: expect.objectContaining({ 'audit.unknown_type': 'true' }),
    });
    expect(rowOf({ ...domainEvent(1, 'ApiKeyRevoked', {}), version: 7 }).attrs).toEqual({
      'audit.unknown_type': 'true',
    });
    expect(rowOf(domainEvent(1, 'constructor', 'just text')).attrs).toEqual({
      value: 'just text',
      'audit.unknown_type': 'true',
    });
  });

  it('flatten no more than a bounded part of their data', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 40; i += 1) deep = { d: deep };
    const row = rowOf(
      domainEvent(1, 'PolicyPublished', {
        list: Array.from({ length: 5000 }, (_, i) => i),
        long: 'x'.repeat(5000),
        deep,
      }),
    );
    expect(Object.keys(row.attrs)).toHaveLength(100);
    const small = rowOf(
      domainEvent(1, 'PolicyPublished', { long: 'x'.repeat(5000), deep, ['k'.repeat(300)]: 1, none: null }),
    );
    expect(small.attrs).toEqual({ long: 'x'.repeat(1024) });
  });
});

describe('the catalogue', () => {
  /** The row type of every event type there is; a new one fails here until somebody has decided. */
  const ROW_TYPES: Record<string, string> = {
    CallDecided: 'tool_call', CallRefused: 'tool_call', CallCompleted: 'tool_call', RefusalsCounted: 'refusals',
    OrganizationCreated: 'organization_created', OrganizationRenamed: 'organization_renamed',
    OrganizationDefaultChanged: 'organization_default_changed', MemberAdded: 'member_added',
    MemberRoleChanged: 'member_role_changed', MemberRemoved: 'member_removed', ApiKeyCreated: 'api_key_created',
    ApiKeyRevoked: 'api_key_revoked', ConnectionCreated: 'connection_created', ConnectionChanged: 'connection_changed',
    ConnectionCredentialRotated: 'connection_credential_rotated', ConnectionEnabled: 'connection_enabled',
    ConnectionDisabled: 'connection_disabled', ConnectionDeleted: 'connection_deleted', PolicyCreated: 'policy_created',
    PolicyPublished: 'policy_published', PolicyActivated: 'policy_activated', PolicyDeactivated: 'policy_deactivated',
    PolicyOrderChanged: 'policy_order_changed', PolicyDeleted: 'policy_deleted', KillSwitchEngaged: 'kill_switch_engaged',
    KillSwitchReleased: 'kill_switch_released', AgentSessionSuspended: 'agent_session_suspended', DetectionChanged: 'detection_changed',
    FindingRaised: 'anomaly',
    AgentSessionResumed: 'agent_session_resumed', AgentSessionCompleted: 'agent_session_completed',
  }; // prettier-ignore

  const domainTypes = [...Object.keys(policyEventSchemas), ...Object.keys(anomalyFindingSchemas)];

  it('has a row type for every event type of the contracts, and no other', () => {
    expect(Object.keys(ROW_TYPES).sort()).toEqual(
      [...Object.keys(gatewayCallSchemas), ...domainTypes].sort(),
    );
  });

  it.each(Object.keys(gatewayCallSchemas))('stores %s', (type) => {
    const event = {
      CallDecided: decided(1),
      CallRefused: refused(1),
      CallCompleted: completed(1),
      RefusalsCounted: refusalsCounted(1),
    }[type];
    expect(rowOf(event).type).toBe(ROW_TYPES[type]);
  });

  it.each(domainTypes)('stores %s', (type) => {
    const row = rowOf(domainEvent(1, type, { name: 'x' }));
    expect(row.type).toBe(ROW_TYPES[type]);
    expect(row.attrs).toEqual({ name: 'x' });
  });
});

describe('what can never become a row', () => {
  const bare = { ...envelope(1, 'MemberAdded', {}) };
  it.each<[string, unknown, string]>([
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'audit.invalid_utf8'],
    ['a cut multi-byte character', Buffer.from('{"a":"ü').subarray(0, 7), 'audit.invalid_utf8'],
    ['nothing', Buffer.alloc(0), 'audit.invalid_json'],
    ['half a document', Buffer.from('{"id":'), 'audit.invalid_json'],
    ['a number', 5, 'audit.invalid_envelope'],
    ['null', null, 'audit.invalid_envelope'],
    ['an envelope without a tenant', { ...bare, tenantId: undefined }, 'audit.invalid_envelope'],
    ['a tenant that is too long', { ...bare, tenantId: 'x'.repeat(65) }, 'audit.invalid_envelope'],
    ['a version that is no integer', { ...bare, version: 1.5 }, 'audit.invalid_envelope'],
    ['a call without its facts', envelope(1, 'CallCompleted', {}), 'audit.invalid_data'],
    ['a fact of another type', completed(1, { bytesIn: 'many' as unknown as number }), 'audit.invalid_data'],
    ['a number no column holds', JSON.stringify(completed(1)).replace('12.5', '1e999'), 'audit.invalid_data'],
    ['a time that is none', completed(1, { decidedAt: 'yesterday' }), 'audit.event_time'],
    [
      'a time no gateway can mean',
      completed(1, { decidedAt: '1970-01-01T00:00:00.000Z' }),
      'audit.event_time',
    ],
    [
      'a time after the last',
      domainEvent(1, 'MemberAdded', {}, { occurredAt: '2100-01-01T00:00:00Z' }),
      'audit.event_time',
    ],
    ['a record over the limit', Buffer.alloc(RECORD_LIMIT + 1, 0x20), 'audit.too_large'],
  ])('is %s', (_title, value, code) => {
    expect(codeOf(typeof value === 'string' ? Buffer.from(value) : value)).toBe(code);
  });

  it('is told by its place, never by its value', () => {
    expect(() => read(envelope(1, 'CallCompleted', { ...callFacts(1), user: ['secret'] }))).toThrow(
      /user: invalid_type/,
    );
    expect(() => read(envelope(1, 'CallCompleted', { ...callFacts(1), user: ['secret'] }))).not.toThrow(
      /secret/,
    );
  });

  it('survives nesting no reader expects', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const inData = JSON.stringify(domainEvent(1, 'Strange', 'DEEP')).replace('"DEEP"', deep);
    expect(readEvent(Buffer.from(inData), at).row.type).toBe('strange');
    const inCondition = JSON.stringify(
      refused(1, { conditions: [{ attribute: 'a', operator: 'eq', expected: 'DEEP' }] }),
    ).replace('"DEEP"', deep);
    expect(() => readEvent(Buffer.from(inCondition), at)).toThrow();
  });
});
