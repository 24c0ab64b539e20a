import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentOf, policiesOf, request, source, tool } from '../test/policies.js';
import { ALWAYS_ALLOWED_METHODS } from './always-allowed.js';
import { compile, PolicyNotCompilable } from './compile.js';
import { evaluate, needsArguments } from './evaluate.js';
import { explain } from './explain.js';

const allow = (name: string, target: unknown, over: object = {}) => ({
  name,
  target,
  action: 'allow',
  ...over,
});
const deny = (name: string, target: unknown, over: object = {}) => ({
  name,
  target,
  action: 'deny',
  ...over,
});
const method = (name: string) => ({ kind: 'mcp_method', method: name });

describe('order', () => {
  const policies = compile(
    [
      source([allow('c-late', tool('*'))], {
        id: 'c-late',
        scope: 'connection',
        connectionId: 'c1',
        order: 5,
      }),
      source([deny('c-early', tool('drop_*')), allow('c-read', tool('read'))], {
        id: 'c-early',
        scope: 'connection',
        connectionId: 'c1',
        order: 1,
      }),
      source([deny('o-second', tool('purge'))], { id: 'o-second', order: 2 }),
      source([allow('o-tie', tool('purge'))], { id: 'o-tie', order: 2 }),
      source([allow('o-first', tool('ping_*')), deny('o-second-rule', tool('ping_x'))], {
        id: 'o-first',
        order: 1,
      }),
      source([deny('other', tool('*'))], { id: 'other', scope: 'connection', connectionId: 'c2', order: 0 }),
    ],
    { defaultAction: 'deny' },
  );
  it.each([
    ['c1', 'ping_x', 'o-first'],
    ['c1', 'purge', 'o-second'],
    ['c1', 'drop_t', 'c-early'],
    ['c1', 'read', 'c-read'],
    ['c1', 'else', 'c-late'],
    ['c2', 'ping_x', 'o-first'],
    ['c2', 'read', 'other'],
    ['c3', 'purge', 'o-second'],
    ['c3', 'read', null],
  ])('on %s %s is decided by %s', (id, name, rule) => {
    expect(evaluate(policies, request({ connection: { id }, name })).rule).toBe(rule);
  });

  it('goes on to the next rule when conditions fail', () => {
    const rules = [
      deny('interns', tool('*'), { conditions: { 'metadata.role': 'intern' } }),
      allow('rest', tool('*')),
    ];
    expect(evaluate(policiesOf(rules), request({ metadata: { role: 'intern' } })).rule).toBe('interns');
    expect(evaluate(policiesOf(rules), request()).rule).toBe('rest');
  });
});

describe('what a decision says', () => {
  it('without a rule: deny, or alert where the organization chose it', () => {
    expect(evaluate(policiesOf([]), request())).toEqual({
      decision: 'deny',
      reason: 'policy.denied',
      rule: null,
      policy: null,
      conditions: [],
      limit: null,
      audit: 'buffered',
      maxDurationMs: 600_000,
      message: null,
      severity: null,
      needsArguments: false,
    });
    expect(evaluate(compile([], { defaultAction: 'alert' }), request())).toMatchObject({
      decision: 'alert',
      reason: null,
      severity: 'medium',
    });
  });

  it('names rule, policy and what the conditions saw', () => {
    const rules = [
      deny('big', tool('refund'), {
        conditions: {
          'arguments.amount': { gt: 500 },
          any: [{ user: 'bob' }, { 'metadata.role': 'intern' }],
          not: { agent: 'x' },
        },
        message: 'Too much.',
        audit: 'strict',
      }),
    ];
    const decided = evaluate(
      policiesOf(rules),
      request({ arguments: { amount: 501 }, metadata: { role: 'intern' }, user: 'ana', key: { agent: 'y' } }),
    );
    expect(decided).toEqual({
      decision: 'deny',
      reason: 'policy.denied',
      rule: 'big',
      policy: { id: 'p1', name: 'p', revision: 1 },
      limit: null,
      audit: 'strict',
      maxDurationMs: 600_000,
      message: 'Too much.',
      severity: null,
      needsArguments: true,
      conditions: [
        { attribute: 'arguments.amount', operator: 'gt', expected: 500, actual: 501 },
        { attribute: 'metadata.role', operator: 'eq', expected: 'intern', actual: 'intern' },
        { attribute: 'agent', operator: 'not eq', expected: 'x', actual: 'y' },
      ],
    });
  });

  it('cuts long values and shows no objects', () => {
    const conditions = {
      'arguments.text': { contains: 'x' },
      'arguments.object': { exists: true },
      'arguments.list': { contains: 1 },
      'metadata.n': { in: Array.from({ length: 900 }, (_, i) => `value number ${i}`) },
    };
    const list = Array.from({ length: 99 }, (_, i) => i);
    const seen = evaluate(
      policiesOf([allow('r', tool('*'), { conditions })]),
      request({
        arguments: { text: 'x'.repeat(10_000), object: { secret: 1 }, list },
        metadata: { n: 'value number 7' },
      }),
    ).conditions;
    expect(seen.map((condition) => condition.actual)).toEqual([
      `${'x'.repeat(255)}…`,
      '{…}',
      [...list.slice(0, 16), '…'],
      'value number 7',
    ]);
    expect(JSON.stringify(seen).length).toBeLessThan(1_500);
  });

  it('alerts with a severity and passes on timeout', () => {
    const rules = [{ name: 'r', target: tool('*'), action: 'alert', severity: 'high', timeout: '1h' }];
    expect(evaluate(policiesOf(rules), request())).toMatchObject({
      decision: 'alert',
      reason: null,
      severity: 'high',
      maxDurationMs: 3_600_000,
    });
  });
});

describe('methods', () => {
  it.each([...ALWAYS_ALLOWED_METHODS, 'notifications/initialized', 'notifications/anything'])(
    '%s needs no allow and can be denied',
    (name) => {
      const message = request({ kind: 'method', method: name, name: '' });
      expect(evaluate(policiesOf([deny('tools', tool('*'))]), message)).toMatchObject({
        decision: 'allow',
        rule: null,
      });
      expect(evaluate(policiesOf([deny('method', method(name))]), message)).toMatchObject({
        decision: 'deny',
        rule: 'method',
      });
      expect(evaluate(compile([], { defaultAction: 'alert' }), message).decision).toBe('allow');
    },
  );

  it.each([
    'tools/call',
    'resources/read',
    'resources/subscribe',
    'prompts/get',
    'completion/complete',
    'sampling/createMessage',
    'elicitation/create',
    'roots/list',
    'x/unknown',
    'Initialize',
    'notifications',
  ])('%s needs an allow', (name) => {
    const message = request({ kind: 'method', method: name, name: '' });
    expect(evaluate(policiesOf([]), message).decision).toBe('deny');
    expect(evaluate(policiesOf([allow('method', method(name))]), message).decision).toBe('allow');
  });

  it('a method rule takes its place among the rules of tools', () => {
    const rules = [
      allow('read', tool('read')),
      deny('no tools', method('tools/call')),
      allow('all', tool('*')),
    ];
    expect(evaluate(policiesOf(rules), request({ name: 'read' })).rule).toBe('read');
    expect(evaluate(policiesOf(rules), request({ name: 'write' })).rule).toBe('no tools');
  });

  it('tells kinds apart', () => {
    const policies = policiesOf([
      allow('t', tool('x')),
      allow('r', { kind: 'mcp_resource', uri: 'file:///x/*' }),
      allow('p', { kind: 'mcp_prompt', prompt: 'x' }),
    ]);
    expect(
      evaluate(policies, request({ kind: 'resource', method: 'resources/read', name: 'file:///x/y' })).rule,
    ).toBe('r');
    expect(evaluate(policies, request({ kind: 'prompt', method: 'prompts/get', name: 'x' })).rule).toBe('p');
    expect(evaluate(policies, request({ kind: 'resource', method: 'resources/read', name: 'x' })).rule).toBe(
      null,
    );
  });
});

describe('limits', () => {
  const limited = (key: string[]) =>
    policiesOf([allow('r', tool('*'), { limit: { calls: 60, per: '1m', key } })]);
  const keyOf = (keys: string[], over: object) => evaluate(limited(keys), request(over)).limit?.key;

  it('combines its keys into one counter', () => {
    const over = { user: 'ana', key: { id: 'k1' }, session: { id: 's1' }, arguments: { account: 7 } };
    expect(evaluate(limited(['user', 'key', 'session', 'arguments.account']), request(over)).limit).toEqual({
      key: '["p1","r",0,"ana","k1","s1",7]',
      calls: 60,
      perMs: 60_000,
    });
    expect(keyOf(['connection', 'tool', 'organization'], over)).toBe('["p1","r",0,"c1","refund","o1"]');
  });

  it('counts for each value, and together what is absent, composite or long', () => {
    const of = (account: unknown) => keyOf(['arguments.account'], { arguments: { account } });
    expect(new Set(['1', 1, true, 'true', 'a', null, 'null', '{}'].map(of)).size).toBe(8);
    expect(of(undefined)).toBe(of(null));
    expect(of({ a: 1 })).toBe(of([2]));
    expect(of('a'.repeat(300))).toBe(of('b'.repeat(400)));
  });

  it('keeps rules of one name apart', () => {
    const rules = [
      allow('r', tool('a'), { limit: { calls: 1, per: '1m' } }),
      allow('r', tool('b'), { limit: { calls: 1, per: '1m' } }),
    ];
    const policies = policiesOf(rules);
    expect(evaluate(policies, request({ name: 'a' })).limit?.key).not.toBe(
      evaluate(policies, request({ name: 'b' })).limit?.key,
    );
  });

  it('asks for nothing when it denies', () => {
    expect(
      evaluate(policiesOf([deny('r', tool('*'), { limit: { calls: 1, per: '1m' } })]), request()).limit,
    ).toBeNull();
  });
});

describe('arguments that were left out', () => {
  const refused = { decision: 'deny', reason: 'arguments.too_large' };
  const omitted = request({ argumentsOmitted: true });
  const onAmount = { conditions: { 'arguments.amount': { gt: 5 } } };

  it('refuse when a rule hangs on them, whatever its action and whatever follows', () => {
    expect(
      evaluate(policiesOf([deny('d', tool('*'), onAmount), allow('a', tool('*'))]), omitted),
    ).toMatchObject({ ...refused, rule: 'd', limit: null });
    expect(
      evaluate(
        policiesOf([allow('a', tool('*'), { limit: { calls: 1, per: '1m', key: ['arguments.x'] } })]),
        omitted,
      ),
    ).toMatchObject(refused);
    expect(
      evaluate(
        policiesOf([allow('a', tool('*'), { conditions: { not: { 'arguments.a': { exists: true } } } })]),
        omitted,
      ),
    ).toMatchObject(refused);
  });

  it('do not matter where the decision does not hang on them', () => {
    const rules = [
      deny('d', tool('*'), { conditions: { ...onAmount.conditions, 'key.id': 'other' } }),
      allow('first', tool('*')),
      deny('d', tool('*'), onAmount),
    ];
    expect(evaluate(policiesOf(rules), { ...omitted, key: { id: 'k' } })).toMatchObject({
      decision: 'allow',
      rule: 'first',
      needsArguments: true,
    });
    expect(
      evaluate(policiesOf([deny('other tool', tool('x'), onAmount), allow('a', tool('*'))]), omitted),
    ).toMatchObject({ decision: 'allow', needsArguments: false });
  });

  it('are asked for by target', () => {
    const policies = policiesOf([deny('d', tool('refund'), onAmount), allow('a', tool('*'))]);
    expect(needsArguments(policies, 'c1', { kind: 'tool', method: 'tools/call', name: 'refund' })).toBe(true);
    expect(needsArguments(policies, 'c1', { kind: 'tool', method: 'tools/call', name: 'read' })).toBe(false);
  });

  it('are refused as well when looking at them would cost too much', () => {
    const rules = [
      deny('d', tool('*'), { conditions: { 'arguments.text': { matches: '(a|b){100}c' } } }),
      allow('a', tool('*')),
    ];
    expect(
      evaluate(policiesOf(rules), request({ arguments: { text: 'ab'.repeat(128 * 1024) } })),
    ).toMatchObject({ ...refused, rule: 'd' });
    expect(evaluate(policiesOf(rules), request({ arguments: { text: 'ab'.repeat(100) } }))).toMatchObject({
      decision: 'allow',
    });
  });
});

describe('compile', () => {
  it('refuses the whole set when one policy cannot be enforced', () => {
    const bad = {
      ...source([]),
      id: 'bad',
      document: { ...documentOf([]), rules: [{ name: 'h', target: tool('*'), action: 'hold' }] },
    } as never;
    expect(() => compile([source([allow('a', tool('*'))]), bad], { defaultAction: 'deny' })).toThrow(
      PolicyNotCompilable,
    );
    expect(() => compile([source([], { scope: 'connection' })], { defaultAction: 'deny' })).toThrow(
      PolicyNotCompilable,
    );
  });
});

describe('explain', () => {
  it('says of every rule up to the deciding one why', () => {
    const rules = [
      deny('elsewhere', tool('x')),
      deny('false', tool('*'), { conditions: { user: 'bob' } }),
      deny('missing', tool('*'), { conditions: { not: { 'metadata.a': 1 } } }),
      allow('this', tool('*'), { conditions: { any: [{ user: 'bob' }, { user: 'ana' }] } }),
      allow('after', tool('*')),
    ];
    const { considered, evaluation } = explain(policiesOf(rules), request({ user: 'ana' }));
    expect(evaluation.rule).toBe('this');
    expect(
      considered.map(({ rule, result, conditions }) => [
        rule,
        result,
        conditions.map((condition) => condition.result),
      ]),
    ).toEqual([
      ['elsewhere', 'target', []],
      ['false', 'conditions', ['false']],
      ['missing', 'missing', ['missing']],
      ['this', 'matched', ['false', 'true']],
    ]);
    expect(considered[2]?.conditions[0]).toEqual({
      attribute: 'metadata.a',
      operator: 'not eq',
      expected: 1,
      result: 'missing',
    });
  });
});

describe('the index', () => {
  const names = ['get_a', 'get_b', 'drop_a', 'drop_b', 'x', ''];
  const glob = fc.constantFrom('*', 'get_*', '{get,drop}_a', 'x', '!get_*', '*_b', '[gd]*', 'drop_a', '???');
  const target = fc.oneof(
    glob.map(tool),
    glob.map((uri) => ({ kind: 'mcp_resource', uri })),
    glob.map((prompt) => ({ kind: 'mcp_prompt', prompt })),
    fc.constantFrom('*', 'tools/*', 'ping', 'resources/read', '!ping').map(method),
  );
  const leaf = fc.constantFrom<object>(
    { user: 'ana' },
    { user: { neq: 'ana' } },
    { 'metadata.role': { in: ['a', 'b'] } },
    { 'arguments.n': { gt: 5 } },
    { 'arguments.n': { exists: false } },
    { 'arguments.s': { glob: 'a*' } },
    { 'source.ip': { in: ['10.0.0.0/8'] } },
    { 'arguments.s': { matches: 'b+$' } },
  );
  const conditions = fc.oneof(
    leaf,
    leaf.map((part) => ({ not: part })),
    fc.array(leaf, { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    fc.tuple(leaf, leaf).map(([a, b]) => ({ ...a, not: { ...b, any: [a] } })),
  );
  const rule = fc.record(
    {
      name: fc.string({ minLength: 1, maxLength: 4 }),
      target,
      action: fc.constantFrom('allow', 'deny', 'alert'),
      conditions,
    },
    { requiredKeys: ['name', 'target', 'action'] },
  );
  const message = fc.record({
    connection: fc.constantFrom({ id: 'c1' }, { id: 'c2' }, { id: 'c3' }),
    name: fc.constantFrom(...names),
    what: fc.constantFrom(
      ['tool', 'tools/call'],
      ['resource', 'resources/read'],
      ['prompt', 'prompts/get'],
      ['method', 'ping'],
      ['method', 'x/y'] as const,
    ),
    user: fc.constantFrom(undefined, 'ana', 'bob'),
    metadata: fc.constantFrom(undefined, { role: 'a' }, { role: 'z' }),
    arguments: fc.constantFrom<unknown>(undefined, { n: 3 }, { n: 9, s: 'abb' }, { n: '9', s: ['a'] }),
    argumentsOmitted: fc.boolean(),
    sourceIp: fc.constantFrom(undefined, '10.1.1.1', '::1', '?'),
  });

  it('decides as a scan of all rules in order does', () => {
    const policies = fc.array(
      fc.record({
        rules: fc.array(rule, { maxLength: 8 }),
        connectionId: fc.constantFrom(null, 'c1', 'c2'),
        order: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(policies, fc.array(message, { minLength: 1, maxLength: 8 }), (sets, messages) => {
        const compiled = compile(
          sets.map(({ rules, connectionId, order }, index) =>
            source(rules, {
              id: `p${index}`,
              connectionId,
              order,
              scope: connectionId ? 'connection' : 'organization',
            }),
          ),
          { defaultAction: 'deny' },
        );
        for (const { what, ...over } of [...messages, ...messages]) {
          const asked = request({ ...over, kind: what[0] as 'tool', method: what[1]! });
          expect(evaluate(compiled, asked)).toEqual(explain(compiled, asked).evaluation);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('never throws on what callers choose', () => {
    const policies = policiesOf([
      deny('a', tool('*'), {
        conditions: {
          any: [
            { 'arguments.a.0.b': { contains: 'x' } },
            { 'arguments.a': { glob: '*x?' } },
            { 'metadata.a': { matches: '^x' } },
            { 'token.a.b': { gt: 1 } },
            { 'source.ip': { in: ['::/0'] } },
            { 'time.hour': 3 },
          ],
        },
      }),
      allow('b', tool('*'), { limit: { calls: 1, per: '1s', key: ['user', 'arguments.a'] } }),
    ]);
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.string(),
        fc.oneof(fc.double(), fc.integer()),
        (json, other, text, now) => {
          const asked = request({
            arguments: { a: json },
            metadata: { a: other },
            token: { a: json },
            sourceIp: text,
            user: text,
            name: text,
            now,
            session: null,
            tool: { annotations: other as never },
          });
          expect(['allow', 'deny']).toContain(evaluate(policies, asked).decision);
          expect(['allow', 'deny']).toContain(
            evaluate(policies, request({ arguments: json, metadata: json as never, token: other as never }))
              .decision,
          );
        },
      ),
    );
  });

  it('remembers no more than its bound of the names callers make up', () => {
    const policies = policiesOf([allow('a', tool('a*')), deny('b', tool('*'))]);
    for (let round = 0; round < 10_000; round++) evaluate(policies, request({ name: `n${round}` }));
    evaluate(policies, request({ name: 'x'.repeat(100_000) }));
    expect(policies.rulesOf('c1').remembered).toBeLessThanOrEqual(2_048);
    expect(evaluate(policies, request({ name: 'a1' })).rule).toBe('a');
  });
});
