import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policiesOf, request, tool } from '../test/policies.js';
import { AffixIndex } from './affix-index.js';
import { evaluate } from './evaluate.js';
import { explain } from './explain.js';

const texts = ['', 'a', 'ab', '/srv/1/x.ts', '/srv/1/x.py', 'x'.repeat(20), `${'x'.repeat(20)}y`, '😀b'];
const text = fc.constantFrom(...texts);
const number = fc.constantFrom(-1, 0, 4, 5, 6, 5.5);
const glob = fc.constantFrom(
  '*',
  'a*',
  '*b',
  '/srv/1/*.{ts,js}',
  '{a,/srv}*',
  '!a*',
  `${'x'.repeat(18)}*`,
  '*x{y,}',
  '?b',
  'ab',
  '😀*',
);
const attribute = fc.constantFrom('user', 'metadata.a', 'arguments.a', 'arguments.b.c', 'agent');
const test = fc.oneof(
  fc.tuple(attribute, text).map(([name, value]) => ({ [name]: value })),
  fc
    .tuple(fc.constantFrom('metadata.a', 'arguments.a'), fc.oneof(number, fc.boolean()))
    .map(([name, value]) => ({ [name]: value })),
  fc
    .tuple(attribute, fc.array(text, { minLength: 1, maxLength: 3 }))
    .map(([name, values]) => ({ [name]: { in: values } })),
  fc
    .tuple(attribute, fc.constantFrom('starts_with', 'ends_with', 'contains', 'neq'), text)
    .map(([name, operator, value]) => ({ [name]: { [operator]: value } })),
  fc
    .tuple(
      fc.constantFrom('metadata.a', 'arguments.a', 'session.calls'),
      fc.constantFrom('gt', 'gte', 'lt', 'lte'),
      number,
    )
    .map(([name, operator, value]) => ({ [name]: { [operator]: value } })),
  fc
    .tuple(attribute, fc.constantFrom('glob', 'not_glob'), glob)
    .map(([name, operator, value]) => ({ [name]: { [operator]: value } })),
  fc.tuple(attribute, fc.boolean()).map(([name, exists]) => ({ [name]: { exists } })),
);
const conditions = fc.oneof(
  test,
  fc.tuple(test, test).map(([one, other]) => ({ ...one, ...other })),
  fc.tuple(test, test).map(([one, other]) => ({ ...one, not: other })),
  fc.tuple(test, test, test).map(([one, other, third]) => ({ ...one, any: [other, third] })),
);
const value = fc.oneof(text, number, fc.boolean(), fc.constantFrom(undefined, null, ['a'], { a: 1 }));
const asked = fc.record({
  user: fc.option(text, { nil: undefined }),
  metadata: fc.option(fc.record({ a: value }), { nil: null }),
  key: fc.record({ agent: fc.option(text) }),
  session: fc.record({ calls: fc.option(number) }),
  arguments: fc.record({ a: value, b: fc.oneof(value, fc.record({ c: value })) }),
  argumentsOmitted: fc.boolean(),
});

describe('rules found by their gates', () => {
  it('decide as when each is tried in its turn', () => {
    const rule = fc.record(
      { action: fc.constantFrom('allow', 'deny', 'alert'), conditions },
      { requiredKeys: ['action'] },
    );
    // Rarely one without conditions: it would decide before most others are reached.
    const rules = fc.array(fc.record({ action: fc.constantFrom('allow', 'deny'), conditions }), {
      minLength: 32,
      maxLength: 80,
    });
    fc.assert(
      fc.property(
        rules,
        fc.array(rule, { maxLength: 3 }),
        fc.array(asked, { minLength: 1, maxLength: 12 }),
        (many, some, requests) => {
          const policies = policiesOf(
            [...many, ...some].map((one, index) => ({ name: `r${index}`, target: tool('*'), ...one })),
          );
          for (let round = 0; round < 4; round += 1) {
            for (const over of requests) {
              const question = request(over as Parameters<typeof request>[0]);
              expect(evaluate(policies, question)).toEqual(explain(policies, question).evaluation);
            }
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('let a false test pass a rule over, and an absent attribute not where another test cannot be decided', () => {
    const filler = Array.from({ length: 40 }, (_, index) => ({
      name: `f${index}`,
      target: tool('*'),
      action: 'deny',
      conditions: { user: `nobody-${index}` },
    }));
    const hinging = {
      name: 'hinging',
      target: tool('*'),
      action: 'allow',
      conditions: { 'metadata.a': 'x', 'arguments.n': { gt: 5 } },
    };
    const policies = policiesOf([...filler, hinging, { name: 'rest', target: tool('*'), action: 'allow' }]);
    const decided = (over: object) => {
      for (let round = 0; round < 4; round += 1) evaluate(policies, request(over));
      return evaluate(policies, request(over));
    };
    expect(decided({ argumentsOmitted: true, metadata: { a: 'y' } })).toMatchObject({ rule: 'rest' });
    expect(decided({ argumentsOmitted: true, metadata: {} })).toMatchObject({
      rule: 'hinging',
      reason: 'arguments.too_large',
    });
    expect(decided({ argumentsOmitted: true, metadata: { a: 'x' } })).toMatchObject({
      rule: 'hinging',
      reason: 'arguments.too_large',
    });
    expect(decided({ arguments: { n: 6 }, metadata: { a: 'x' } })).toMatchObject({
      rule: 'hinging',
      decision: 'allow',
    });
  });
});

describe('AffixIndex', () => {
  const found = (index: AffixIndex, subject: string) => {
    const places: number[] = [];
    index.find(subject, (some) => places.push(...some));
    return places.sort();
  };

  it('finds every affix a text has, however long', () => {
    const starts = new AffixIndex('start');
    ['a', 'ab', 'b', 'x'.repeat(30)].forEach((affix, place) => starts.add(affix, place));
    expect(found(starts, 'abc')).toEqual([0, 1]);
    expect(found(starts, '')).toEqual([]);
    // Told apart by 16 characters: more may be found, never fewer.
    expect(found(starts, 'x'.repeat(30))).toEqual([3]);
    const ends = new AffixIndex('end');
    ['.ts', 's', `y${'x'.repeat(20)}`].forEach((affix, place) => ends.add(affix, place));
    expect(found(ends, 'a.ts')).toEqual([0, 1]);
    expect(found(ends, `y${'x'.repeat(20)}`)).toEqual([2]);
    expect(found(ends, 'x')).toEqual([]);
  });
});
