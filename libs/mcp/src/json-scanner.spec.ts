import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanner, PART } from './json-scanner.js';

const scanner = new JsonScanner({ maxDepth: 64, duplicatesTo: 64 });
const scan = (text: string) => scanner.scan(Buffer.from(text));

/** JSON text built member by member, so that names can repeat and be written with escapes. */
type Node = string | { members: [string, Node][] } | { elements: Node[] };

const character = fc.constantFrom(
  'a',
  'b',
  '"',
  '\\',
  '\n',
  'é',
  '\u{1f600}',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\ud800',
  '�',
);
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'toString', ''),
  fc.array(character, { maxLength: 4 }).map((characters) => characters.join('')),
);
const spelling = fc.constantFrom('plain', 'escaped', 'mixed');

function spell(text: string, how: string): string {
  if (how === 'plain') return JSON.stringify(text);
  let spelled = '"';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index).toString(16).padStart(4, '0');
    spelled +=
      how === 'escaped' ||
      index % 2 === 0 ||
      /[\p{Cs}]/u.test(text[index]!) ||
      text.charCodeAt(index) >= 0xd800
        ? `\\u${index % 3 === 0 ? unit.toUpperCase() : unit}`
        : JSON.stringify(text[index]!).slice(1, -1);
  }
  return `${spelled}"`;
}

const tree = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.constantFrom('1', '-0.5e3', 'true', 'null', '"a\\"b"', '"\\\\"', '"{\\"a\\":1}"'),
      name.map((text) => JSON.stringify(text)),
    ),
    fc
      .array(
        fc.tuple(
          fc.tuple(name, spelling).map(([text, how]) => spell(text, how)),
          tie('node'),
        ),
        { maxLength: 30 },
      )
      .map((members) => ({ members })),
    fc.array(tie('node'), { maxLength: 5 }).map((elements) => ({ elements })),
  ),
})).node;

function write(node: Node, blank: string): string {
  if (typeof node === 'string') return node;
  if ('elements' in node)
    return `[${blank}${node.elements.map((element) => write(element, blank)).join(`${blank},`)}]`;
  return `{${blank}${node.members.map(([key, value]) => `${key}${blank}:${blank}${write(value, blank)}`).join(`,${blank}`)}${blank}}`;
}

/** The obvious way: names of each object in a set, decoded by JSON.parse. */
function repeats(node: Node): boolean {
  if (typeof node === 'string') return false;
  if ('elements' in node) return node.elements.some(repeats);
  const names = node.members.map(([key]) => JSON.parse(key) as string);
  return new Set(names).size !== names.length || node.members.some(([, value]) => repeats(value));
}

function depth(node: Node): number {
  if (typeof node === 'string') return 0;
  const children = 'elements' in node ? node.elements : node.members.map(([, value]) => value);
  return 1 + Math.max(0, ...children.map(depth));
}

describe('JsonScanner', () => {
  it('finds a repeated name exactly where a set of decoded names would', () => {
    const seen = { duplicate: 0, ok: 0 };
    fc.assert(
      fc.property(tree, fc.constantFrom('', ' ', '\n\t'), (node, blank) => {
        const text = write(node, blank);
        JSON.parse(text);
        const expected = repeats(node) ? 'duplicate' : 'ok';
        seen[expected] += 1;
        expect(scan(text)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(seen.duplicate, seen.ok)).toBeGreaterThan(100);
  });

  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"\\u0061":1,"a":2}', 'a'],
    ['{"params":{"arguments":{"deep":[{"x":1,"y":{"k":1,"k":2}}]}}}', 'k'],
    ['{"é":1,"\\u00e9":2}', 'é'],
    ['{"😀":1,"\\ud83d\\ude00":2}', '😀'],
    ['{"":1,"":2}', ''],
  ])('refuses %s', (text, key) => {
    expect(scan(text)).toBe('duplicate');
    expect(scanner.duplicateKey).toBe(key);
  });

  it.each([
    '{"a":{"a":1},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a\\"":1,"a":2}',
    '{"a":["a","a"]}',
  ])('accepts %s', (text) => expect(scan(text)).toBe('ok'));

  it('finds a repeat among many names, the last one included', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `"k${index}":0`);
    expect(scan(`{${names.join(',')}}`)).toBe('ok');
    expect(scan(`{${[...names, '"k17":0'].join(',')}}`)).toBe('duplicate');
    expect(scan(`{${[...names, '"\\u006b4999":0'].join(',')}}`)).toBe('duplicate');
    // A set left over from a refused text must not be seen by the next.
    expect(scan('{"k17":0}')).toBe('ok');
  });

  it('measures depth as the nesting of objects and arrays', () => {
    const limited = new JsonScanner({ maxDepth: 3, duplicatesTo: 3 });
    expect(limited.scan(Buffer.from('[[[]]]'))).toBe('ok');
    expect(limited.scan(Buffer.from('[[[[]]]]'))).toBe('too_deep');
    expect(limited.scan(Buffer.from('{"a":{"b":[1]}}'))).toBe('ok');
    expect(limited.scan(Buffer.from('{"a":{"b":[{}]}}'))).toBe('too_deep');
    expect(limited.scan(Buffer.from('{"a":"[[[[[["}'))).toBe('ok');
    fc.assert(
      fc.property(tree, (node) => {
        if (repeats(node)) return;
        expect(limited.scan(Buffer.from(write(node, '')))).toBe(depth(node) > 3 ? 'too_deep' : 'ok');
      }),
    );
  });

  it('survives any bytes', () => {
    const byte = fc.oneof(
      fc.constantFrom(0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0x61, 0x75),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), (bytes) => {
        expect(['ok', 'duplicate', 'too_deep', 'malformed']).toContain(scanner.scan(Buffer.from(bytes)));
      }),
      { numRuns: 3000 },
    );
    for (const text of ['', '"', '"a', '{"a', '{"a\\', '{"\\u00', '}}}', '{"a":1', '[1,2', '"\\']) {
      expect(() => scan(text)).not.toThrow();
    }
  });

  it('reads long strings right, with quotes and backslashes at every place', () => {
    for (let length = 80; length < 120; length += 1) {
      for (const tail of ['', '\\', '"', '\\"', '\\\\', '\\\\"', '"'.repeat(100), '\\'.repeat(99)]) {
        const value = 'x'.repeat(length) + tail;
        const text = JSON.stringify({ id: 1, params: { arguments: { value, other: 'y' } } });
        expect(scan(text)).toBe('ok');
        expect(scanner.slice(Buffer.from(text), PART['params.arguments'])!.toString()).toBe(
          JSON.stringify({ value, other: 'y' }),
        );
      }
    }
  });

  it('knows where the parts of a message lie', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const keys = Object.keys(PART) as (keyof typeof PART)[];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('id', 'method', 'params', 'result', 'error', 'x'), value),
        fc.dictionary(
          fc.constantFrom(
            'arguments',
            'argument',
            '_meta',
            'requestId',
            'isError',
            'tools',
            'code',
            'name',
            'x',
          ),
          value,
        ),
        fc.constantFrom('params', 'result', 'error'),
        fc.boolean(),
        (outer, inner, parent, pretty) => {
          const text = JSON.stringify({ ...outer, [parent]: inner }, null, pretty ? 2 : 0);
          const message = JSON.parse(text) as Record<string, unknown>;
          const bytes = Buffer.from(text);
          expect(scanner.scan(bytes)).toBe('ok');
          for (const key of keys) {
            const [first, second] = key.split('.') as [string, string | undefined];
            const part = message[first] as Record<string, unknown> | undefined;
            const isObject = typeof part === 'object' && part !== null && !Array.isArray(part);
            const expected =
              second === undefined
                ? part
                : isObject && Object.hasOwn(part, second)
                  ? part[second]
                  : undefined;
            const slice = scanner.slice(bytes, PART[key]);
            expect(slice === undefined ? undefined : JSON.parse(slice.toString()), key).toEqual(expected);
            if (slice !== undefined) expect(slice.toString().trim()).toBe(slice.toString());
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds parts whose names are written with escapes', () => {
    const bytes = Buffer.from('{"\\u0070arams":{"\\u0061rguments":{"x":1}},"i\\u0064":7}');
    expect(scanner.scan(bytes)).toBe('ok');
    expect(scanner.slice(bytes, PART['params.arguments'])!.toString()).toBe('{"x":1}');
    expect(scanner.slice(bytes, PART.id)!.toString()).toBe('7');
  });

  it('leaves repeats alone below the depth it was told to watch', () => {
    const shallow = new JsonScanner({ maxDepth: 64, duplicatesTo: 2 });
    expect(shallow.scan(Buffer.from('{"result":{"content":[{"a":1,"a":2}]}}'))).toBe('ok');
    expect(shallow.scan(Buffer.from('{"result":{"isError":true,"isError":false}}'))).toBe('duplicate');
    expect(shallow.scan(Buffer.from('{"result":{},"result":{}}'))).toBe('duplicate');
  });
});
