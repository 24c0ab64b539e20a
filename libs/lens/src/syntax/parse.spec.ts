import { describe, expect, it } from 'vitest';
import { LENS_LIMITS } from './limits.js';
import { parse } from './parse.js';
import { serialize } from './serialize.js';

const canonical = (text: string) => {
  const { query, diagnostics } = parse(text);
  expect(diagnostics).toEqual([]);
  return serialize(query);
};

describe('parse', () => {
  it.each([
    ['', ''],
    ['decision:deny', 'decision:deny'],
    ['decision:deny AND tool:delete_*', 'decision:deny tool:delete_*'],
    ['a:1 b:2 OR c:3', 'a:1 b:2 OR c:3'],
    ['a:1 (b:2 OR c:3)', 'a:1 (b:2 OR c:3)'],
    ['tool:github:create_issue', 'tool:github:create_issue'],
    ['resource:file:///etc/passwd', 'resource:file:///etc/passwd'],
    ['args.path:/etc/*', 'args.path:/etc/*'],
    ['args."a b".c:x', 'args."a b".c:x'],
    ['user:ana@example.com', 'user:ana@example.com'],
    ['-tool:x NOT tool:y', '-tool:x -tool:y'],
    ['-(a:1 OR b:2)', '-(a:1 OR b:2)'],
    ['latency_ms:>=10 latency_ms:<1000', 'latency_ms:>=10 latency_ms:<1000'],
    ['latency_ms:[1 TO 20]', 'latency_ms:[1 TO 20]'],
    ['decision:(deny OR alert)', 'decision:(deny OR alert)'],
    ['decision:(deny alert)', 'decision:(deny OR alert)'],
    ['tool:(*a* AND *b*)', 'tool:(*a* AND *b*)'],
    ['tool:="a*b"', 'tool:="a*b"'],
    ['tool:*_rows tool:*etc* tool:*', 'tool:*_rows tool:*etc* tool:*'],
    ['tool:re:"^(a|b)$"', 'tool:re:"^(a|b)$"'],
    ['has:user -has:args.path', 'has:user -has:args.path'],
    ['"drop table" passwd', '"drop table" passwd'],
    ['"a \\"quoted\\" \\\\ word"', '"a \\"quoted\\" \\\\ word"'],
    ['x:y|stats count()', 'x:y | stats count()'],
    [
      '| stats count(), p95(latency_ms) by connection, rule',
      '| stats count(), p95(latency_ms) by connection, rule',
    ],
    ['| timeseries rate() by decision every 300s', '| timeseries rate() by decision every 5m'],
    [
      'tool:x | top 5 user | sort count() | limit 3 | fields user',
      'tool:x | top 5 user | sort count() | limit 3 | fields user',
    ],
    ['| sort latency_ms desc', '| sort latency_ms desc'],
  ])('reads %j', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each([
    ['decision:(deny OR', 'lens.unclosed_parenthesis', 9],
    ['(a:1', 'lens.unclosed_parenthesis', 0],
    ['a:1)', 'lens.unopened_parenthesis', 3],
    ['"open', 'lens.unclosed_quote', 0],
    ['tool:', 'lens.missing_value', 0],
    ['a:1 OR', 'lens.missing_operand', 4],
    ['OR a:1', 'lens.missing_operand', 0],
    ['AND a:1', 'lens.missing_operand', 0],
    ['a:1 or b:2', 'lens.lower_case_keyword', 4],
    ['!tool:x', 'lens.reserved', 0],
    ['tool:a*b', 'lens.inner_wildcard', 5],
    ['latency_ms:[1 20]', 'lens.bad_range', 11],
    ['a:(x OR y AND z)', 'lens.mixed_list', 10],
    ['()', 'lens.missing_operand', 0],
    ['NOT', 'lens.missing_operand', 0],
    ['| stat count()', 'lens.unknown_stage', 2],
    ['|', 'lens.unknown_stage', 1],
    ['| stats', 'lens.unknown_aggregate', 7],
    ['| stats cont()', 'lens.unknown_aggregate', 8],
    ['| stats count(x)', 'lens.aggregate_argument', 8],
    ['| stats p95()', 'lens.aggregate_argument', 8],
    ['| stats count', 'lens.missing_parenthesis', 8],
    ['| limit 0', 'lens.bad_count', 8],
    ['| limit 99999999', 'lens.bad_count', 8],
    ['| timeseries count() every 5', 'lens.bad_duration', 27],
    ['| limit 5 x', 'lens.unexpected', 10],
    ['| compare (a:1)', 'lens.not_supported', 2],
    ['| limit 1 | limit 1 | limit 1 | limit 1 | limit 1', 'lens.too_many_stages', 41],
  ])('says what is wrong with %j', (text, code, from) => {
    const { diagnostics } = parse(text);
    expect(diagnostics.map((diagnostic) => [diagnostic.code, diagnostic.from])).toContainEqual([code, from]);
  });

  it('suggests what was probably meant', () => {
    expect(parse('| statz count()').diagnostics[0]).toMatchObject({ suggestion: 'stats' });
    expect(parse('a:1 or b:2').diagnostics[0]).toMatchObject({ suggestion: 'OR' });
  });

  it('bounds length, depth and terms', () => {
    expect(parse('a'.repeat(LENS_LIMITS.characters + 1)).diagnostics[0]?.code).toBe('lens.too_long');
    expect(parse('('.repeat(1000)).diagnostics[0]?.code).toBe('lens.too_deep');
    expect(parse('NOT '.repeat(200) + 'a').diagnostics[0]?.code).toBe('lens.too_deep');
    expect(parse('a '.repeat(LENS_LIMITS.terms + 1)).diagnostics[0]?.code).toBe('lens.too_many_terms');
  });

  it('colours every field, keyword and string at its place', () => {
    const text = 'decision:deny AND "x y" | stats count() by user';
    const { highlights } = parse(text);
    expect(highlights.map(({ from, to, kind }) => [text.slice(from, to), kind])).toEqual([
      ['decision', 'field'],
      [':', 'operator'],
      ['deny', 'value'],
      ['AND', 'keyword'],
      ['"x y"', 'string'],
      ['|', 'operator'],
      ['stats', 'keyword'],
      ['count', 'function'],
      ['(', 'operator'],
      [')', 'operator'],
      ['by', 'keyword'],
      ['user', 'field'],
    ]);
  });
});
