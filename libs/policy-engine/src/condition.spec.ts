import { describe, expect, it } from 'vitest';
import { documentOf, policiesOf, request, source, tool } from '../test/policies.js';
import { compile } from './compile.js';
import { evaluate } from './evaluate.js';
import type { PolicyRequest } from './policy-request.js';

const caller = request({
  user: 'ana@example.com',
  metadata: { role: 'intern', level: 3, 'a.b': true, empty: null },
  arguments: {
    amount: 501,
    path: '/etc/passwd',
    tags: ['x', 'y'],
    many: Array.from({ length: 50 }, (_, i) => i),
    items: [{ sku: 's-1' }],
    none: null,
    text: '501',
  },
  key: { id: 'k1', label: 'ci', agent: 'claude', owner: 'm1', scopes: ['mcp'] },
  tool: {
    annotations: { readOnlyHint: true, openWorldHint: 'no', 'x-team': 'pay' },
    tags: ['money'],
    pin: 'approved',
  },
  session: { id: 's1', ageSeconds: 90, calls: 7, labels: ['beta'] },
  token: { sub: 'u1', realm: { roles: ['dev'] } },
  client: { name: 'cursor', version: '1.2' },
  sourceIp: '::ffff:10.1.2.3',
});

const matches = (conditions: unknown, over: Partial<PolicyRequest> = {}, document: object = {}) =>
  evaluate(policiesOf([{ name: 'r', target: tool('*'), action: 'allow', conditions }], document), {
    ...caller,
    ...over,
  }).decision === 'allow';

const HOLDS: unknown[] = [
  {},
  { user: 'ana@example.com' },
  { user: { eq: 'ana@example.com' } },
  { user: { neq: 'bob' } },
  { 'metadata.level': 3 },
  { 'metadata.a.b': true },
  { 'metadata.role': { in: ['intern', 'guest'] } },
  { 'metadata.role': { in: 'intern' } },
  { 'metadata.role': { not_in: ['admin'] } },
  { 'arguments.path': { glob: '/etc/*' } },
  { 'arguments.path': { not_glob: '/home/*' } },
  { 'arguments.path': { glob: '!/home/*' } },
  { 'arguments.amount': { gt: 500 } },
  { 'arguments.amount': { gte: 501 } },
  { 'arguments.amount': { lt: 502 } },
  { 'arguments.amount': { lte: 501, gt: 0 } },
  { 'arguments.amount': { exists: true } },
  { 'arguments.other': { exists: false } },
  { 'metadata.nope': { exists: false } },
  { 'arguments.none': { exists: false } },
  { 'arguments.path': { contains: 'passwd' } },
  { 'arguments.tags': { contains: 'y' } },
  { 'arguments.many': { contains: 49 } },
  { 'tool.tags': { contains: 'money' } },
  { 'arguments.path': { starts_with: '/etc' } },
  { 'arguments.path': { ends_with: 'wd' } },
  { 'arguments.path': { matches: '^/(etc|usr)/' } },
  { 'arguments.path': { matches: 'passw' } },
  { 'arguments.path': { matches: '(?i)PASSWD$' } },
  { 'arguments.items.0.sku': 's-1' },
  { 'arguments.tags.1': 'y' },
  { 'arguments.tags.2': { exists: false } },
  { 'arguments.tags.length': { exists: false } },
  { agent: 'claude' },
  { 'key.label': 'ci', 'key.scopes': { contains: 'mcp' }, 'key.owner': 'm1' },
  { 'tool.name': 'refund' },
  { 'tool.pin': 'approved' },
  { 'tool.annotations.readOnlyHint': true },
  { 'tool.annotations.destructiveHint': true },
  { 'tool.annotations.idempotentHint': false },
  { 'tool.annotations.openWorldHint': true },
  { 'tool.annotations.x-team': 'pay' },
  { 'connection.slug': { in: ['stripe'] } },
  { 'session.age': { gte: 90 }, 'session.calls': { lt: 8 }, 'session.labels': { contains: 'beta' } },
  { 'token.sub': 'u1' },
  { 'token.realm.roles': { contains: 'dev' } },
  { 'client.name': 'cursor', 'client.version': { starts_with: '1.' } },
  { 'source.ip': '10.1.2.3' },
  { 'source.ip': { in: ['10.0.0.0/8', '::1'] } },
  { 'source.ip': { not_in: ['10.2.0.0/16'] } },
  { 'source.ip': { neq: '10.1.2.4' } },
  { 'time.hour': 9, 'time.minute': 30, 'time.weekday': 'monday' },
  { 'time.weekday': { not_in: ['saturday', 'sunday'] } },
  { any: [{ user: 'bob' }, { 'metadata.role': 'intern' }] },
  { any: [{ 'metadata.nope': 1 }, { user: { neq: 'bob' } }] },
  { not: { user: 'bob' } },
  { not: { any: [{ user: 'bob' }, { 'metadata.role': 'admin' }] } },
  { not: { not: { 'metadata.role': 'intern' } } },
  // What is present decides: no team could make this inner condition true.
  { not: { 'metadata.role': 'admin', 'metadata.nope': 'x' } },
  { not: { 'arguments.other': { exists: true } } },
];

const FAILS: unknown[] = [
  { user: 'Ana@example.com' },
  { user: { neq: 'ana@example.com' } },
  { 'metadata.level': '3' },
  { 'metadata.role': { in: ['admin'] } },
  { 'metadata.role': { not_in: ['intern'] } },
  { 'arguments.path': { glob: '/ETC/*' } },
  { 'arguments.path': { not_glob: '/etc/*' } },
  { 'arguments.amount': { gt: 501 } },
  { 'arguments.amount': { lte: 500 } },
  { 'arguments.amount': { gt: 0, lt: 10 } },
  { 'arguments.amount': { exists: false } },
  { 'arguments.other': { exists: true } },
  { 'arguments.path': { matches: '^passwd' } },
  { 'arguments.tags': { contains: 'z' } },
  { 'arguments.many': { contains: '49' } },
  { 'arguments.path': { starts_with: 'etc' } },
  { 'arguments.path': { ends_with: '/' } },
  { 'source.ip': { in: ['10.2.0.0/16'] } },
  { 'time.hour': { gte: 10 } },
  { 'tool.annotations.readOnlyHint': { neq: true } },
  { user: 'ana@example.com', 'metadata.role': 'admin' },
  { any: [{ user: 'bob' }, { 'metadata.role': 'admin' }] },
  { not: { user: 'ana@example.com' } },
  // Missing never matches, negated or not.
  { 'metadata.nope': 'x' },
  { 'metadata.nope': { neq: 'x' } },
  { 'metadata.nope': { not_in: ['x'] } },
  { 'metadata.nope': { not_glob: 'x' } },
  { not: { 'metadata.nope': 'x' } },
  { not: { not: { 'metadata.nope': 'x' } } },
  { any: [{ 'metadata.nope': 'x' }, { user: 'bob' }] },
  { not: { any: [{ 'metadata.nope': 'x' }, { user: 'bob' }] } },
  { not: { 'metadata.role': 'intern', 'metadata.nope': 'x' } },
  { 'metadata.empty': { neq: 'x' } },
  { 'arguments.none': { neq: 'x' } },
  // A type the operator is not for counts as missing.
  { 'arguments.text': { gt: 500 } },
  { not: { 'arguments.text': { gt: 500 } } },
  { 'arguments.tags': { glob: '*' } },
  { 'arguments.tags': { not_glob: 'x' } },
  { 'arguments.amount': { contains: '5' } },
  // Nothing a prototype has can be reached.
  { 'arguments.constructor': { exists: true } },
  { 'arguments.__proto__.x': { exists: true } },
  { 'metadata.toString': { exists: true } },
  { 'token.hasOwnProperty': { exists: true } },
  { 'arguments.path.0': { exists: true } },
  { 'arguments.path.length': { exists: true } },
  { 'arguments.tags.01': { exists: true } },
  { 'arguments.items.0.constructor': { exists: true } },
];

describe('conditions', () => {
  it.each(HOLDS.map((conditions) => [JSON.stringify(conditions), conditions] as const))(
    '%s holds',
    (_, conditions) => expect(matches(conditions)).toBe(true),
  );
  it.each(FAILS.map((conditions) => [JSON.stringify(conditions), conditions] as const))(
    '%s fails',
    (_, conditions) => expect(matches(conditions)).toBe(false),
  );

  it('reads every attribute as missing when nothing is known', () => {
    const bare = request();
    const paths = [
      'user',
      'agent',
      'metadata.x',
      'arguments.x',
      'tool.pin',
      'session.age',
      'key.id',
      'token.sub',
      'client.name',
      'source.ip',
    ];
    for (const path of paths) {
      const rules = [
        { name: 'r', target: tool('*'), action: 'allow', conditions: { [path]: { exists: false } } },
      ];
      expect(evaluate(policiesOf(rules), bare).decision, path).toBe('allow');
    }
  });

  it('takes an address it cannot read as missing', () => {
    expect(matches({ 'source.ip': { not_in: ['10.0.0.0/8'] } }, { sourceIp: 'unknown' })).toBe(false);
    expect(matches({ 'source.ip': { exists: false } }, { sourceIp: 'unknown' })).toBe(true);
  });

  it('has no tool attributes for what is not a tool', () => {
    const rules = [
      {
        name: 'r',
        target: { kind: 'mcp_resource', uri: '*' },
        action: 'allow',
        conditions: { 'tool.annotations.destructiveHint': true },
      },
    ];
    expect(
      evaluate(policiesOf(rules), request({ kind: 'resource', method: 'resources/read', name: 'file:///a' }))
        .decision,
    ).toBe('deny');
  });

  it('reads the clock in the zone of the policy, also across midnight and summer time', () => {
    const at = (now: number, zone: string, conditions: object) =>
      matches(conditions, { now }, { timeZone: zone });
    expect(
      at(Date.UTC(2027, 0, 4, 23, 30), 'Asia/Tokyo', { 'time.hour': 8, 'time.weekday': 'tuesday' }),
    ).toBe(true);
    expect(
      at(Date.UTC(2027, 6, 4, 22, 5), 'Europe/Berlin', {
        'time.hour': 0,
        'time.minute': 5,
        'time.weekday': 'monday',
      }),
    ).toBe(true);
    expect(
      at(Date.UTC(2027, 0, 4, 3, 0), 'America/New_York', {
        'time.hour': { gte: 22 },
        'time.weekday': 'sunday',
      }),
    ).toBe(true);
    expect(at(Number.NaN, 'UTC', { 'time.hour': { gte: 0 } })).toBe(false);
  });

  it('keeps two zones of one set apart', () => {
    const inZone = (timeZone: string, action: string) =>
      documentOf([{ name: timeZone, target: tool('*'), action, conditions: { 'time.hour': 18 } }], {
        timeZone,
      });
    const policies = compile(
      [
        source([], { document: inZone('UTC', 'deny') }),
        source([], { document: inZone('Asia/Tokyo', 'allow') }),
      ],
      { defaultAction: 'deny' },
    );
    expect(evaluate(policies, caller).rule).toBe('Asia/Tokyo');
    expect(evaluate(policies, { ...caller, now: Date.UTC(2027, 0, 4, 18, 0) }).rule).toBe('UTC');
  });
});
