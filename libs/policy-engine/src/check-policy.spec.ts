import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tool } from '../test/policies.js';
import { checkPolicy } from './check-policy.js';

const ruleWith = (over: object) => ({
  name: 'p',
  rules: [{ name: 'r', target: tool('*'), action: 'allow', ...over }],
});
const when = (conditions: unknown) => ruleWith({ conditions });
const nested = (depth: number): unknown => (depth === 0 ? { user: 'a' } : { not: nested(depth - 1) });
const deep = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
};

const ERRORS: [string, unknown, string, string][] = [
  ['nothing', undefined, 'policy.malformed', ''],
  ['text', 'rules: []', 'policy.invalid_value', ''],
  ['a list', [], 'policy.invalid_value', ''],
  ['a date', { name: new Date(0), rules: [] }, 'policy.malformed', '/name'],
  ['a function', { name: () => 'x', rules: [] }, 'policy.malformed', '/name'],
  ['200 levels', { name: 'p', rules: [deep(200)] }, 'policy.too_deep', `/rules/0${'/a'.repeat(22)}`],
  ['100,000 levels', deep(100_000), 'policy.too_deep', '/a'.repeat(24)],
  ['3 MB of text', { name: 'p', description: 'x'.repeat(3_000_000), rules: [] }, 'policy.too_large', ''],
  ['a million nodes', { name: 'p', rules: new Array(1_000_000).fill(1) }, 'policy.too_large', ''],
  [
    '__proto__',
    JSON.parse('{"name":"p","rules":[{"conditions":{"__proto__":{"user":"a"}}}]}'),
    'policy.bad_key',
    '/rules/0/conditions/__proto__',
  ],
  ['no name', { rules: [] }, 'policy.missing_field', '/name'],
  ['an unknown field', { name: 'p', rules: [], rulez: 1 }, 'policy.unknown_field', '/rulez'],
  ['an unknown field of a rule', ruleWith({ 'a/b~c': 1 }), 'policy.unknown_field', '/rules/0/a~1b~0c'],
  [
    'no target',
    { name: 'p', rules: [{ name: 'r', action: 'allow' }] },
    'policy.missing_field',
    '/rules/0/target',
  ],
  [
    'an unknown target',
    ruleWith({ target: { kind: 'llm_model', model: '*' } }),
    'policy.invalid_value',
    '/rules/0/target/kind',
  ],
  ['an unknown action', ruleWith({ action: 'block' }), 'policy.invalid_value', '/rules/0/action'],
  ['another version', { version: 2, name: 'p', rules: [] }, 'policy.invalid_value', '/version'],
  ['engine rego', { name: 'p', engine: 'rego', rules: [] }, 'policy.not_supported', '/engine'],
  ['engine cedar', { name: 'p', engine: 'cedar', rules: [] }, 'policy.not_supported', '/engine'],
  ['action hold', ruleWith({ action: 'hold' }), 'policy.not_supported', '/rules/0/action'],
  ['action redact', ruleWith({ action: 'redact' }), 'policy.not_supported', '/rules/0/action'],
  ['approvers', ruleWith({ approvers: { role: 'admin' } }), 'policy.not_supported', '/rules/0/approvers'],
  ['expires', ruleWith({ expires: '30m' }), 'policy.not_supported', '/rules/0/expires'],
  ['redact', ruleWith({ redact: { arguments: ['/card'] } }), 'policy.not_supported', '/rules/0/redact'],
  ['a bad zone', { name: 'p', timeZone: 'Mars/Olympus', rules: [] }, 'policy.bad_time_zone', '/timeZone'],
  ['a bad target glob', ruleWith({ target: tool('{a') }), 'policy.bad_glob', '/rules/0/target/tool'],
  ['a bad duration', ruleWith({ timeout: '10 minutes' }), 'policy.invalid_value', '/rules/0/timeout'],
  ['a long timeout', ruleWith({ timeout: '2d' }), 'policy.bad_duration', '/rules/0/timeout'],
  [
    'a long window',
    ruleWith({ limit: { calls: 1, per: '99d' } }),
    'policy.bad_duration',
    '/rules/0/limit/per',
  ],
  [
    'a bad limit key',
    ruleWith({ limit: { calls: 1, per: '1m', key: ['team'] } }),
    'policy.invalid_value',
    '/rules/0/limit/key/0',
  ],
  ['conditions that are a list', when([]), 'policy.invalid_value', '/rules/0/conditions'],
  ['conditions that are null', when(null), 'policy.invalid_value', '/rules/0/conditions'],
  ['an unknown attribute', when({ role: 'x' }), 'policy.unknown_attribute', '/rules/0/conditions/role'],
  ['a bare root', when({ arguments: 'x' }), 'policy.unknown_attribute', '/rules/0/conditions/arguments'],
  [
    'an inherited name',
    when({ constructor: 'x' }),
    'policy.unknown_attribute',
    '/rules/0/conditions/constructor',
  ],
  [
    'an empty part',
    when({ 'arguments..x': 'x' }),
    'policy.unknown_attribute',
    '/rules/0/conditions/arguments..x',
  ],
  [
    'an unknown key field',
    when({ 'key.secret': 'x' }),
    'policy.unknown_attribute',
    '/rules/0/conditions/key.secret',
  ],
  [
    'an unknown operator',
    when({ user: { like: 'x' } }),
    'policy.unknown_operator',
    '/rules/0/conditions/user/like',
  ],
  [
    'an inherited operator',
    when({ user: { toString: 'x' } }),
    'policy.unknown_operator',
    '/rules/0/conditions/user/toString',
  ],
  ['no operator', when({ user: {} }), 'policy.invalid_value', '/rules/0/conditions/user'],
  ['null', when({ user: null }), 'policy.bad_operand', '/rules/0/conditions/user'],
  ['a bare list', when({ user: ['a', 'b'] }), 'policy.bad_operand', '/rules/0/conditions/user'],
  ['an empty list', when({ user: { in: [] } }), 'policy.bad_operand', '/rules/0/conditions/user/in'],
  [
    'gt on text',
    when({ 'arguments.x': { gt: '5' } }),
    'policy.bad_operand',
    '/rules/0/conditions/arguments.x/gt',
  ],
  [
    'gt infinity',
    when({ 'arguments.x': { gt: Number.POSITIVE_INFINITY } }),
    'policy.bad_operand',
    '/rules/0/conditions/arguments.x/gt',
  ],
  ['gt for text', when({ user: { gt: 5 } }), 'policy.bad_operator', '/rules/0/conditions/user/gt'],
  ['text for a number', when({ 'time.hour': '9' }), 'policy.bad_operand', '/rules/0/conditions/time.hour'],
  [
    'no weekday',
    when({ 'time.weekday': { in: ['monday', 'Sat'] } }),
    'policy.bad_operand',
    '/rules/0/conditions/time.weekday/in',
  ],
  ['eq for a list', when({ 'tool.tags': 'x' }), 'policy.bad_operator', '/rules/0/conditions/tool.tags'],
  [
    'glob for a boolean',
    when({ 'tool.annotations.readOnlyHint': { glob: '*' } }),
    'policy.bad_operator',
    '/rules/0/conditions/tool.annotations.readOnlyHint/glob',
  ],
  [
    'exists maybe',
    when({ user: { exists: 'yes' } }),
    'policy.bad_operand',
    '/rules/0/conditions/user/exists',
  ],
  ['a bad glob', when({ user: { glob: '[z-a]' } }), 'policy.bad_glob', '/rules/0/conditions/user/glob'],
  [
    'a bad expression',
    when({ user: { matches: '(' } }),
    'policy.bad_regex',
    '/rules/0/conditions/user/matches',
  ],
  [
    'a backreference',
    when({ user: { matches: '(a)\\1' } }),
    'policy.bad_regex',
    '/rules/0/conditions/user/matches',
  ],
  [
    'a lookahead',
    when({ user: { matches: '(?=a)' } }),
    'policy.bad_regex',
    '/rules/0/conditions/user/matches',
  ],
  [
    'a huge expression',
    when({ user: { matches: '(a{30}){30}' } }),
    'policy.bad_regex',
    '/rules/0/conditions/user/matches',
  ],
  [
    'a bad range',
    when({ 'source.ip': { in: ['10.0.0.0/8', '10.0.0.1/8'] } }),
    'policy.bad_cidr',
    '/rules/0/conditions/source.ip/in',
  ],
  ['a range for eq', when({ 'source.ip': '10.0.0.0/8' }), 'policy.bad_cidr', '/rules/0/conditions/source.ip'],
  [
    'a glob on an address',
    when({ 'source.ip': { glob: '10.*' } }),
    'policy.bad_operator',
    '/rules/0/conditions/source.ip/glob',
  ],
  ['an empty any', when({ any: [] }), 'policy.invalid_value', '/rules/0/conditions/any'],
  ['any that is an object', when({ any: { user: 'a' } }), 'policy.invalid_value', '/rules/0/conditions/any'],
  [
    'an empty branch',
    when({ any: [{ user: 'a' }, {}] }),
    'policy.invalid_value',
    '/rules/0/conditions/any/1',
  ],
  ['not with a list', when({ not: [{ user: 'a' }] }), 'policy.invalid_value', '/rules/0/conditions/not'],
  [
    'an error inside any and not',
    when({ any: [{ not: { x: 1 } }] }),
    'policy.unknown_attribute',
    '/rules/0/conditions/any/0/not/x',
  ],
  ['9 levels of not', when(nested(9)), 'policy.too_deep', `/rules/0/conditions${'/not'.repeat(9)}`],
  [
    '101 conditions',
    when({ any: Array.from({ length: 101 }, () => ({ user: 'a' })) }),
    'policy.too_many_conditions',
    '/rules/0/conditions',
  ],
];

describe('checkPolicy', () => {
  it.each(ERRORS)('refuses %s', (_, input, code, pointer) => {
    const { document, errors } = checkPolicy(input);
    expect(document).toBeUndefined();
    expect(errors[0]).toMatchObject({ code, pointer, message: expect.stringMatching(/./) as string });
  });

  it('fills in defaults and keeps conditions as written', () => {
    const conditions = { any: [{ user: 'a' }, { not: { 'metadata.x': { in: [1, true] } } }] };
    expect(checkPolicy(when(conditions))).toEqual({
      document: {
        version: 1,
        name: 'p',
        engine: 'native',
        rules: [{ name: 'r', target: tool('*'), action: 'allow', conditions }],
      },
      errors: [],
      warnings: [],
    });
  });

  it('reports every error of every rule, up to a bound', () => {
    const rules = Array.from({ length: 500 }, () => ({
      name: 'r',
      target: tool('*'),
      action: 'hold',
      expires: '1m',
    }));
    expect(checkPolicy({ name: 'p', rules }).errors).toHaveLength(100);
  });

  it('warns of a deny that rests on what the caller asserts', () => {
    const deny = (conditions: unknown) => checkPolicy(ruleWith({ action: 'deny', conditions })).warnings;
    expect(deny({ not: { 'metadata.role': 'admin' }, user: 'bob' })).toMatchObject([
      { code: 'policy.asserted_attribute', pointer: '/rules/0/conditions' },
    ]);
    expect(deny({ 'key.id': 'k', 'arguments.user': 'x' })).toEqual([]);
    expect(checkPolicy(when({ user: 'bob' })).warnings).toEqual([]);
  });

  it.each([
    ['a catch-all', { target: tool('*') }, { target: tool('refund') }, true],
    ['a catch-all in braces', { target: tool('{a,*}') }, { target: tool('refund') }, true],
    ['the same target', { target: tool('a*') }, { target: tool('a*'), conditions: { user: 'x' } }, true],
    [
      'a catch-all of methods',
      { target: { kind: 'mcp_method', method: '*' }, action: 'deny' },
      { target: tool('refund') },
      true,
    ],
    [
      'a catch-all with conditions',
      { target: tool('*'), conditions: { user: 'x' } },
      { target: tool('refund') },
      false,
    ],
    [
      'a catch-all of another kind',
      { target: { kind: 'mcp_prompt', prompt: '*' } },
      { target: tool('refund') },
      false,
    ],
    ['another glob', { target: tool('a*') }, { target: tool('b*') }, false],
  ])('after %s', (_, first, second, unreachable) => {
    const rules = [
      { name: 'first', action: 'allow', ...first },
      { name: 'second', action: 'allow', ...second },
    ];
    const warnings = checkPolicy({ name: 'p', rules }).warnings.filter(
      (warning) => warning.code === 'policy.unreachable_rule',
    );
    expect(warnings.map((warning) => warning.pointer)).toEqual(unreachable ? ['/rules/1'] : []);
  });

  it.each([
    ['policy.no_effect', ruleWith({ action: 'deny', limit: { calls: 1, per: '1m' } }), '/rules/0/limit'],
    ['policy.no_effect', ruleWith({ severity: 'high' }), '/rules/0/severity'],
    [
      'policy.asserted_limit_key',
      ruleWith({ limit: { calls: 1, per: '1m', key: ['user'] } }),
      '/rules/0/limit/key',
    ],
    [
      'policy.method_covers_targets',
      ruleWith({ target: { kind: 'mcp_method', method: 'tools/*' } }),
      '/rules/0/target/method',
    ],
    [
      'policy.duplicate_rule_name',
      { name: 'p', rules: [ruleWith({}).rules[0], { ...ruleWith({}).rules[0], target: tool('b') }] },
      '/rules/1/name',
    ],
  ])('warns %s', (code, input, pointer) => {
    expect(checkPolicy(input).warnings).toContainEqual(expect.objectContaining({ code, pointer }));
  });

  it('never throws, whatever it is given', () => {
    const json = fc.jsonValue({ maxDepth: 5 });
    const almost = fc.record({
      name: fc.oneof(fc.string({ minLength: 1 }), json),
      rules: fc.array(
        fc.record({
          name: fc.constant('r'),
          action: fc.constantFrom('allow', 'deny', 'hold'),
          target: fc.record({ kind: fc.constant('mcp_tool'), tool: fc.string() }),
          conditions: fc.dictionary(
            fc.constantFrom('user', 'any', 'not', 'arguments.x', 'source.ip', 'time.weekday', 'x'),
            fc.oneof(
              json,
              fc.dictionary(
                fc.constantFrom('eq', 'in', 'glob', 'matches', 'gt', 'exists', '__proto__'),
                json,
              ),
            ),
          ),
        }),
        { maxLength: 4 },
      ),
    });
    fc.assert(
      fc.property(fc.oneof(json, almost), (input) => {
        const { document, errors } = checkPolicy(input);
        expect(document === undefined).toBe(errors.length > 0);
      }),
      { numRuns: 500 },
    );
  });

  it('ends on a document that contains itself', () => {
    const circular: Record<string, unknown> = { name: 'p' };
    circular.rules = [circular];
    expect(checkPolicy(circular).errors[0]?.code).toBe('policy.too_deep');
  });
});
