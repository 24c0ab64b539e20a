import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from './glob.js';

const CASES: { glob: string; yes: string[]; no: string[] }[] = [
  { glob: 'refund', yes: ['refund'], no: ['Refund', 'refunds', ''] },
  { glob: '*', yes: ['', 'a', 'a/b\nc'], no: [] },
  { glob: '**', yes: ['', 'a'], no: [] },
  { glob: 'get_*', yes: ['get_', 'get_a/b'], no: ['xget_', 'get'] },
  { glob: '*_get', yes: ['_get', 'a_get'], no: ['a_gets'] },
  { glob: 'a*a', yes: ['aa', 'aba'], no: ['a'] },
  { glob: 'a*b*c', yes: ['abc', 'a-b-c', 'abbcc'], no: ['ac', 'acb', 'abcd'] },
  { glob: '*ab*ba*', yes: ['abba', 'xabybaz'], no: ['aba'] },
  { glob: 'a?c', yes: ['abc', 'a😀c'], no: ['ac', 'abbc'] },
  { glob: '[a-c]x', yes: ['ax', 'cx'], no: ['dx', 'Ax', 'x'] },
  { glob: '[!a-c]x', yes: ['dx', '😀x'], no: ['ax', 'x'] },
  { glob: '[-a]x', yes: ['-x', 'ax'], no: ['bx'] },
  { glob: '[a-]x', yes: ['-x', 'ax'], no: ['bx'] },
  { glob: '[]]x', yes: [']x'], no: ['[x'] },
  { glob: '[*]', yes: ['*'], no: ['a'] },
  { glob: '[\\]', yes: ['\\'], no: [']'] },
  { glob: '{delete,drop}_*', yes: ['delete_', 'drop_table'], no: ['truncate_x', 'delete'] },
  { glob: '{a,b{c,d}}e', yes: ['ae', 'bce', 'bde'], no: ['be', 'a'] },
  { glob: 'a{,b}', yes: ['a', 'ab'], no: ['abb'] },
  { glob: '{!}x', yes: ['!x'], no: ['x'] },
  { glob: 'a,b', yes: ['a,b'], no: ['a', 'b'] },
  { glob: '!get_*', yes: ['delete', ''], no: ['get_a'] },
  { glob: '!{a,b}', yes: ['c', 'ab'], no: ['a', 'b'] },
  { glob: '[é-ü]*', yes: ['éa', 'ü'], no: ['a', 'e'] },
  { glob: `${'?'.repeat(40)}*z`, yes: [`${'a'.repeat(40)}z`], no: ['az', 'a'.repeat(41)] },
];

describe('glob', () => {
  for (const { glob, yes, no } of CASES) {
    it(`${glob} takes ${JSON.stringify(yes)} and not ${JSON.stringify(no)}`, () => {
      const compiled = compileGlob(glob);
      expect(yes.filter((subject) => !compiled.test(subject))).toEqual([]);
      expect(no.filter((subject) => compiled.test(subject))).toEqual([]);
    });
  }

  for (const glob of [
    '',
    '!',
    '!!a',
    '[a',
    '[]',
    '[!]',
    '{a',
    'a}',
    'a]',
    'a\\b',
    '[b-a]',
    '[^a]',
    '{{{{{a}}}}}',
    '{a,b}'.repeat(9),
    'a'.repeat(513),
  ]) {
    it(`refuses ${glob.slice(0, 40)}`, () => expect(() => compileGlob(glob)).toThrow());
  }

  const part = fc.constantFrom(
    'a',
    'b',
    '*',
    '*',
    '?',
    '[ab]',
    '[!a]',
    '{a,b*}',
    '{?,bb,}',
    '😀',
    '[a-z]',
    '.',
    '+',
    '(',
  );
  const pattern = fc
    .tuple(fc.constantFrom('', '', '!'), fc.array(part, { minLength: 1, maxLength: 45 }))
    .map(([not, parts]) => not + parts.join(''));
  const subject = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', '😀', '.', '/', '\ud83d'),
    maxLength: 60,
  });

  it('agrees with a naive reference', () => {
    const short = fc
      .tuple(fc.constantFrom('', '!'), fc.array(part, { minLength: 1, maxLength: 6 }))
      .map(([not, parts]) => not + parts.join(''));
    fc.assert(
      fc.property(
        short,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '😀', '.'), maxLength: 9 }),
        (glob, text) => {
          expect(compileGlob(glob).test(text)).toBe(reference(glob, text));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('answers whatever it compiles and is given', () => {
    fc.assert(
      fc.property(pattern, subject, (glob, text) => {
        let compiled;
        try {
          compiled = compileGlob(glob);
        } catch {
          return;
        }
        expect(typeof compiled.test(text)).toBe('boolean');
        if (glob.startsWith('!')) expect(compiled.test(text)).toBe(!compileGlob(glob.slice(1)).test(text));
      }),
    );
  });

  it('compiles or refuses any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab*?[]{}!,-\\'), maxLength: 30 }), (glob) => {
        try {
          compileGlob(glob).test('ab');
        } catch (error) {
          expect((error as Error).name).toBe('GlobSyntaxError');
        }
      }),
    );
  });

  it('reads a hostile subject once, however many stars there are', () => {
    const compiled = compileGlob(`${'a*'.repeat(120)}[b]`);
    // A backtracking matcher would not come back from this one.
    expect(compiled.test('a'.repeat(100_000))).toBe(false);
    expect(compiled.stepsPerCharacter).toBeLessThanOrEqual(4);
  });
});

/** Written for being obviously right. */
function reference(glob: string, text: string): boolean {
  if (glob.startsWith('!')) return !reference(glob.slice(1), text);
  const source = glob.replace(/\[!|\[|\]|[*?{},]|[.+()]/g, (token) => {
    const fixed: Record<string, string> = {
      '*': '[^]*',
      '?': '[^]',
      '{': '(?:',
      '}': ')',
      ',': '|',
      '[!': '[^',
      '[': '[',
      ']': ']',
    };
    return fixed[token] ?? `\\${token}`;
  });
  return new RegExp(`^(?:${source})$`, 'u').test(text);
}
