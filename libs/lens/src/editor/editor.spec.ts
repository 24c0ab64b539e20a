import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../syntax/parse.js';
import { completionContext } from './completion-context.js';
import { completions } from './completions.js';
import { diagnose } from './diagnose.js';
import { quickFix } from './quick-fix.js';
import { selectionsOf, selectValue, addCondition } from './select-value.js';
import { exactValue, excludedText, isFilterable, partText, termText } from './term-text.js';

describe('termText', () => {
  it.each([
    ['tool', 'delete_row', 'tool:delete_row'],
    ['tool', 'github:create', 'tool:github:create'],
    ['user', 'a b', 'user:"a b"'],
    ['tool', 'x*', 'tool:"x*"'],
    ['tool', '>5', 'tool:">5"'],
    ['tool', '=x', 'tool:"=x"'],
    ['tool', 're:x', 'tool:"re:x"'],
    ['tool', 'a|b', 'tool:"a|b"'],
    ['tool', '', '-has:tool'],
    ['latency_ms', '12.5', 'latency_ms:12.5'],
  ])('%s %j is %s', (field, value, expected) => {
    expect(termText(field, value)).toBe(expected);
  });

  it('reads back as the same value, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.constantFrom('tool', 'args."a b"', 'metadata.x'),
        (value, field) => {
          for (const text of [termText(field, value), excludedText(field, value)]) {
            const { query, diagnostics } = parse(text);
            expect(diagnostics).toEqual([]);
            const filter = query.filter?.kind === 'not' ? query.filter.item : query.filter;
            expect(filter && exactValue(filter)?.value).toBe(value);
          }
        },
      ),
    );
  });

  it('names parts and says what can be filtered by', () => {
    expect(partText('args', ['a b', 'x'])).toBe('args."a b".x');
    expect(
      ['tool', 'args', 'args.x', 'time', 'latency_ms', 'metadata', 'metadata."a b"', 'nothing', 'a b'].filter(
        isFilterable,
      ),
    ).toEqual(['tool', 'args.x', 'latency_ms', 'metadata."a b"']);
  });
});

describe('selectValue', () => {
  it.each([
    ['', 'include', 'deny', 'decision:deny'],
    ['decision:deny', 'include', 'deny', ''],
    ['decision:deny', 'include', 'allow', 'decision:(deny OR allow)'],
    ['decision:(deny OR allow)', 'include', 'deny', 'decision:allow'],
    ['decision:deny', 'exclude', 'deny', '-decision:deny'],
    ['-decision:deny', 'include', 'deny', 'decision:deny'],
    ['-decision:deny', 'exclude', 'deny', ''],
    ['-decision:(deny OR hold)', 'exclude', 'deny', '-decision:hold'],
    ['a OR b', 'include', 'deny', '(a OR b) decision:deny'],
    ['tool:x | stats count() by tool', 'exclude', 'deny', 'tool:x -decision:deny | stats count() by tool'],
    ['(tool:x)', 'include', 'deny', 'tool:x decision:deny'],
    ['decision:d*', 'include', 'deny', 'decision:d* decision:deny'],
    ['decision:="deny"', 'include', 'allow', 'decision:("deny" OR allow)'],
    ['', 'include', '', '-has:decision'],
    ['-has:decision', 'include', '', ''],
    ['has:decision', 'exclude', '', ''],
    ['-has:decision', 'include', 'deny', '-has:decision decision:deny'],
    ['tool:(', 'include', 'deny', 'decision:deny tool:('],
  ] as const)('%j %s %j', (text, selection, value, expected) => {
    expect(selectValue(text, 'decision', value, selection)).toBe(expected);
  });

  it('knows a field by any of its names, and parts apart', () => {
    expect([...selectionsOf(parse('latency:5 -latency_ms:6').query, 'latency_ms')]).toEqual([
      ['5', 'include'],
      ['6', 'exclude'],
    ]);
    expect([...selectionsOf(parse('args.a:1 args.b:2').query, 'args.b')]).toEqual([['2', 'include']]);
    expect([...selectionsOf(parse('tool:x OR tool:y').query, 'tool')]).toEqual([]);
  });

  it('gives back the text it came from when done twice', () => {
    const value = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(value, value, fc.constantFrom('include', 'exclude'), (a, b, selection) => {
        fc.pre(a !== b);
        const before = `user:x ${termText('tool', a)}`;
        const there = selectValue(before, 'tool', b, selection);
        expect(parse(there).diagnostics).toEqual([]);
        expect(selectionsOf(parse(there).query, 'tool').get(b)).toBe(selection);
        expect([...selectionsOf(parse(selectValue(there, 'tool', b, selection)).query, 'tool')]).toEqual([
          [a, 'include'],
        ]);
      }),
    );
  });

  it('adds any condition', () => {
    expect(addCondition('a OR b | limit 5', 'latency_ms:>5')).toBe('(a OR b) latency_ms:>5 | limit 5');
    expect(addCondition('', 'trace:x')).toBe('trace:x');
  });
});

/** `^` is the cursor. */
const at = (marked: string) => {
  const cursor = marked.indexOf('^');
  const text = marked.replace('^', '');
  const context = completionContext(text, cursor);
  if (context === null) return null;
  const { from, to, ...rest } = context;
  return { ...rest, replaces: text.slice(from, to) };
};

describe('completionContext', () => {
  it.each([
    ['^', { kind: 'filter', typed: '', replaces: '' }],
    ['dec^', { kind: 'filter', typed: 'dec', replaces: 'dec' }],
    ['tool:x -us^', { kind: 'filter', typed: 'us', replaces: 'us' }],
    ['(de^c', { kind: 'filter', typed: 'de', replaces: 'dec' }],
    ['decision:^', { kind: 'value', field: 'decision', quoted: false, typed: '', replaces: '' }],
    ['decision:de^', { kind: 'value', field: 'decision', quoted: false, typed: 'de', replaces: 'de' }],
    [
      'tool:github:cr^',
      { kind: 'value', field: 'tool', quoted: false, typed: 'github:cr', replaces: 'github:cr' },
    ],
    ['latency_ms:>1^', { kind: 'value', field: 'latency_ms', quoted: false, typed: '1', replaces: '1' }],
    [
      'decision:(deny OR al^',
      { kind: 'value', field: 'decision', quoted: false, typed: 'al', replaces: 'al' },
    ],
    ['decision:(deny) us^', { kind: 'filter', typed: 'us', replaces: 'us' }],
    ['user:"a b^', { kind: 'value', field: 'user', quoted: true, typed: 'a b', replaces: '"a b' }],
    ['user:"a^ b" tool:x', { kind: 'value', field: 'user', quoted: true, typed: 'a', replaces: '"a b"' }],
    ['"free ^', null],
    ['has:to^', { kind: 'field', numbers: false, typed: 'to', replaces: 'to' }],
    ['a | ^', { kind: 'stage', typed: '', replaces: '' }],
    ['a | st^', { kind: 'stage', typed: 'st', replaces: 'st' }],
    ['| stats ^', { kind: 'aggregate', words: [], typed: '', replaces: '' }],
    ['| stats count() ^', { kind: 'aggregate', words: ['by'], typed: '', replaces: '' }],
    ['| stats p95(la^', { kind: 'field', numbers: true, typed: 'la', replaces: 'la' }],
    ['| stats count() by to^', { kind: 'field', numbers: false, typed: 'to', replaces: 'to' }],
    ['| timeseries count() by tool ^', { kind: 'aggregate', words: ['every'], typed: '', replaces: '' }],
    ['| top 10 ^', { kind: 'field', numbers: false, typed: '', replaces: '' }],
    ['| top ^', null],
    ['tool:"|" de^', { kind: 'filter', typed: 'de', replaces: 'de' }],
  ])('%s', (marked, expected) => {
    expect(at(marked)).toEqual(expected);
  });

  it('never fails, and stays within the text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            ':',
            '"',
            '\\',
            '(',
            ')',
            '|',
            ' ',
            '-',
            'tool',
            'by ',
            'stats ',
            '.',
            'é',
          ),
        }),
        fc.nat(),
        (text, n) => {
          const cursor = n % (text.length + 1);
          const context = completionContext(text, cursor);
          if (context === null) return;
          expect(context.from).toBeLessThanOrEqual(cursor);
          expect(context.to).toBeGreaterThanOrEqual(cursor);
          expect(context.to).toBeLessThanOrEqual(text.length);
          completions(context);
        },
      ),
    );
  });
});

describe('completions', () => {
  const offered = (marked: string) => {
    const cursor = marked.indexOf('^');
    const context = completionContext(marked.replace('^', ''), cursor);
    return context === null ? [] : completions(context).map(({ label, apply }) => apply ?? label);
  };

  it('offers what the registry knows', () => {
    expect(offered('^')).toEqual(expect.arrayContaining(['decision:', 'args.', 'has:', 'OR ']));
    expect(offered('^')).not.toContain('time:');
    expect(offered('decision:^')).toEqual(expect.arrayContaining(['deny', '*']));
    expect(offered('latency_ms:^')).toContain('>');
    expect(offered('| stats sum(^')).not.toContain('tool');
    expect(offered('| ^')).toContain('stats count() by ');
  });
});

describe('diagnose', () => {
  it('finds mistakes of writing and of meaning, in order', () => {
    const { ok, diagnostics } = diagnose('decison:deny tool:( latency_ms:fast');
    expect(ok).toBe(false);
    expect(diagnostics.map(({ code, suggestion }) => [code, suggestion])).toEqual([
      ['lens.unknown_field', 'decision'],
      ['lens.unclosed_parenthesis', ')'],
    ]);
    expect(diagnose('decision:deny | stats count() by tool')).toMatchObject({ ok: true, diagnostics: [] });
  });

  it('knows the range a step is cut from', () => {
    expect(diagnose('| timeseries count() every 1m', { from: 0, to: 400 * 86_400_000 }).ok).toBe(false);
    expect(diagnose('| timeseries count() every 1m').ok).toBe(true);
  });
});

describe('quickFix', () => {
  it.each([
    ['decison:deny', 'decision:deny'],
    ['decision:dney', 'decision:deny'],
    ['(tool:x | stats count()', '(tool:x) | stats count()'],
    ['tool:(a OR b', 'tool:(a OR b)'],
    ['a or b', 'a OR b'],
    ['!tool:x', '-tool:x'],
    ['user:"a b', 'user:"a b"'],
    ['tool:a*b', 'tool:"a*b"'],
    ['| stat count()', '| stats count()'],
    ['| stats cont() by tool', '| stats count() by tool'],
    ['| stats p96(latency_ms)', '| stats p95(latency_ms)'],
    ['| stats count', '| stats count()'],
    ['| stats sum(tool)', '| stats uniq(tool)'],
    ['| stats count() by tol', '| stats count() by tool'],
    ['| top x tool', '| top 10 tool'],
    ['source_ip:10.0.0.0/99', 'source_ip:10.0.0.0/8'],
  ])('%s becomes %s', (text, expected) => {
    const [first] = diagnose(text).diagnostics;
    const fix = first === undefined ? null : quickFix(text, first);
    expect(fix === null ? null : text.slice(0, fix.from) + fix.insert + text.slice(fix.to)).toBe(expected);
    expect(diagnose(expected).diagnostics).toEqual([]);
  });

  it('stays within any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            ':',
            '"',
            '\\',
            '(',
            ')',
            '|',
            ' ',
            '-',
            'tool',
            'by ',
            'stats ',
            'cont',
            'or ',
            '*',
            'top ',
          ),
        }),
        (text) => {
          for (const diagnostic of diagnose(text).diagnostics) {
            const fix = quickFix(text, diagnostic);
            if (fix === null) continue;
            expect(fix.from).toBeLessThanOrEqual(fix.to);
            expect(fix.to).toBeLessThanOrEqual(text.length);
          }
        },
      ),
    );
  });
});
