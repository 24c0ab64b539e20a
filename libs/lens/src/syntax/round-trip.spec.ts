import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from './parse.js';
import { serialize } from './serialize.js';

const word = fc
  .stringMatching(/^[a-z0-9_/.:@-]{1,12}$/)
  .filter(
    (text) => /^[a-z0-9]/.test(text) && !['or', 'and', 'not', 're'].includes(text) && !text.startsWith('re:'),
  );
const quoted = fc.string({ maxLength: 12 }).map((text) => `"${text.replace(/[\\"]/g, '\\$&')}"`);
const field = fc.constantFrom('tool', 'args.path', 'args."a b"', 'metadata.team', 'latency_ms');
const value = fc.oneof(
  word,
  quoted,
  word.map((text) => `${text}*`),
  word.map((text) => `*${text}*`),
  fc.constant('*'),
);
const test = fc.oneof(
  value,
  fc.tuple(fc.constantFrom('>', '>=', '<', '<=', '='), word).map(([operator, text]) => operator + text),
  fc.tuple(word, word).map(([low, high]) => `[${low} TO ${high}]`),
  fc
    .tuple(fc.array(value, { minLength: 1, maxLength: 4 }), fc.constantFrom(' OR ', ' AND '))
    .map(([values, join]) => `(${values.join(join)})`),
);
const filter = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(field, test).map(([name, text]) => `${name}:${text}`),
    quoted,
    field.map((name) => `has:${name}`),
    fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((items) => `(${items.join(' ')})`),
    fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((items) => `(${items.join(' OR ')})`),
    tie('any').map((item) => `-${item}`),
  ),
})).any;
const stage = fc.constantFrom(
  '',
  ' | stats count(), p99(latency_ms) by tool, user',
  ' | timeseries rate() by decision every 1h',
  ' | top 7 tool',
  ' | sort time desc | limit 9',
);

/** Spans and the way a value was written do not change what a query means. */
const meaning = (text: string) =>
  JSON.stringify(parse(text).query, (key, inner: unknown) =>
    key === 'from' || key === 'to' || key === 'quoted' ? undefined : inner,
  );

describe('serialize', () => {
  it('is the inverse of parse', () => {
    fc.assert(
      fc.property(filter, stage, (text, stages) => {
        const parsed = parse(text + stages);
        fc.pre(parsed.diagnostics.length === 0);
        const again = serialize(parsed.query);
        expect(parse(again).diagnostics).toEqual([]);
        expect(meaning(again)).toBe(meaning(text + stages));
        expect(serialize(parse(again).query)).toBe(again);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever is typed, and every place is inside the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 80 }),
          fc
            .array(
              fc.constantFrom(
                'tool:',
                '(',
                ')',
                '"',
                '|',
                ' OR ',
                ' AND ',
                '-',
                '*',
                '[',
                ' TO ',
                ']',
                'stats ',
                'count()',
                're:',
                'has:',
                '\\',
                'x',
                ' ',
              ),
            )
            .map((parts) => parts.join('')),
        ),
        (text) => {
          const { diagnostics, highlights } = parse(text);
          for (const { from, to } of [...diagnostics, ...highlights]) {
            expect(from).toBeGreaterThanOrEqual(0);
            expect(from).toBeLessThanOrEqual(text.length);
            expect(to).toBeGreaterThanOrEqual(from);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
