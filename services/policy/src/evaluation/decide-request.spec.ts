import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRequestSchema, filterRequestSchema } from '@portcullis/contracts';
import { toolCall } from '../../test/decide-rig.js';
import { credentialFrom, decideRequestFrom, filterRequestFrom } from './decide-request.js';

const passes = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

const whole = {
  ...toolCall(),
  gateway: { id: 'gw', epoch: 'e', publicKey: 'A'.repeat(43) },
  arguments: { a: [1, { b: null }] },
  argumentsOmitted: false,
  user: 'ana',
  metadata: { role: 'intern', level: 3, on: true },
  protocolSession: 'p',
  client: { name: 'c', version: '1' },
  have: 'etag',
};

/** Every path of a value, so that each field can be broken in turn. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

function broken(path: string[], replacement: unknown): unknown {
  if (path.length === 0) return replacement;
  const copy = structuredClone(whole) as Record<string, unknown>;
  let holder = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  const last = path.at(-1) as string;
  if (replacement === undefined) delete holder[last];
  else holder[last] = replacement;
  return copy;
}

const wrongs = [undefined, null, 0, -1, true, '', 'x'.repeat(9_000), [], {}, ['a'], { type: 'api_key' }];

describe('hand-written checks', () => {
  it('take what the contract takes, whole and bare', () => {
    expect(decideRequestFrom(whole)).toBe(whole);
    expect(passes(() => decideRequestFrom(toolCall()))).toBe(true);
    expect(decideRequestSchema.safeParse(whole).success).toBe(true);
  });

  // A digest that is no digest passes the schema's length check alone; here it does not.
  const stricter = (path: string[]) => path.join('.') === 'credential.digest';

  it.each(pathsOf(whole).filter((path) => !stricter(path)))(
    'agree with the contract wherever a field is broken: %s',
    (...path) => {
      for (const wrong of wrongs) {
        const body = broken(path, wrong);
        expect([wrong, passes(() => decideRequestFrom(body))]).toEqual([
          wrong,
          decideRequestSchema.safeParse(body).success,
        ]);
      }
    },
  );

  it('agree with the contract on any values anywhere', () => {
    const paths = pathsOf(whole).filter((path) => !stricter(path));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), (path, value) => {
        const body = broken(path, value);
        expect(passes(() => decideRequestFrom(body))).toBe(decideRequestSchema.safeParse(body).success);
      }),
      { numRuns: 500 },
    );
  });

  it('take a list as the contract does, and nothing else', () => {
    const { method: _m, target: _t, direction: _d, ...caller } = toolCall();
    const list = { ...caller, kind: 'tool', items: [{ name: 'a' }, {}] };
    expect(filterRequestFrom(list)).toBe(list);
    for (const wrong of [
      { ...list, kind: 'method' },
      { ...list, items: [1] },
      { ...list, items: [[]] },
      { ...list, items: {} },
      { ...list, items: Array.from({ length: 10_001 }, () => ({})) },
      { ...list, slug: undefined },
    ]) {
      expect(passes(() => filterRequestFrom(wrong))).toBe(false);
      expect(filterRequestSchema.safeParse(wrong).success).toBe(false);
    }
  });

  it('take only the digest of a key as one', () => {
    const digest = 'a'.repeat(64);
    expect(credentialFrom({ credential: { type: 'api_key', digest } })).toEqual({ type: 'api_key', digest });
    for (const wrong of [
      'A'.repeat(64),
      'a'.repeat(63),
      'a'.repeat(65),
      'g'.repeat(64),
      `${'a'.repeat(64)}\n`,
    ]) {
      expect(() => credentialFrom({ credential: { type: 'api_key', digest: wrong } })).toThrow(
        'credential.digest',
      );
    }
    expect(() => credentialFrom({ credential: { type: 'password', digest } })).toThrow('credential.type');
    expect(() => credentialFrom([])).toThrow('body');
  });

  it('refuse nesting past 64 levels without following it', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(passes(() => decideRequestFrom({ ...toolCall(), arguments: nested(64) }))).toBe(true);
    expect(() => decideRequestFrom({ ...toolCall(), arguments: nested(65) })).toThrow('arguments');
    expect(() => decideRequestFrom({ ...toolCall(), arguments: nested(200_000) })).toThrow('arguments');
    const deep: unknown = JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000));
    expect(() => decideRequestFrom({ ...toolCall(), arguments: deep })).toThrow('arguments');
  });

  it('read own fields only, and leave prototypes alone', () => {
    const body: unknown = JSON.parse(
      JSON.stringify(toolCall()).replace(
        '{',
        '{"__proto__":{"user":"root","polluted":true},"constructor":1,',
      ),
    );
    expect(decideRequestFrom(body).user).toBe(undefined);
    expect(({} as Record<string, unknown>).polluted).toBe(undefined);
    expect(
      passes(() => decideRequestFrom(JSON.parse('{"__proto__":' + JSON.stringify(toolCall()) + '}'))),
    ).toBe(false);
  });
});
