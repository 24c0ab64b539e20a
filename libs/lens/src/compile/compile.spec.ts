import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../syntax/parse.js';
import { compile } from './compile.js';

const scope = { tenantId: 'acme', from: 0, to: 3_600_000 };
const diagnose = (text: string) => {
  const parsed = parse(text);
  const result = compile(parsed.query, scope, { limit: 50 });
  return result.ok ? [] : result.diagnostics.map(({ code, suggestion }) => [code, suggestion]);
};

describe('compile', () => {
  it.each([
    ['decison:deny', 'lens.unknown_field', 'decision'],
    ['decision:dney', 'lens.unknown_value', 'deny'],
    ['tool.x:1', 'lens.no_path', 'tool'],
    ['time:2026-01-01', 'lens.time_is_beside', undefined],
    ['tool:>5', 'lens.not_a_number_field', undefined],
    ['latency_ms:fast', 'lens.not_a_number', undefined],
    ['latency_ms:>fast', 'lens.not_a_number', undefined],
    ['id:abc', 'lens.bad_id', undefined],
    ['source_ip:10.0.0.0/99', 'lens.bad_cidr', '10.0.0.0/8'],
    ['tool:re:"(?=a)"', 'lens.bad_regex', undefined],
    ['tool:re:"("', 'lens.bad_regex', undefined],
    ['has:nothing', 'lens.unknown_field', undefined],
    ['| stats sum(tool)', 'lens.not_a_number_field', 'uniq(tool)'],
    ['| stats count() by tool, tool', 'lens.grouped_twice', undefined],
    ['| stats count(), count()', 'lens.aggregated_twice', undefined],
    ['| stats count() by tool | sort user', 'lens.no_such_column', undefined],
    ['| stats count() | stats count()', 'lens.stage_order', undefined],
    ['| limit 5 | stats count()', 'lens.stage_order', undefined],
    ['| sort count()', 'lens.no_such_column', undefined],
    ['| timeseries count() every 1s', 'lens.too_many_buckets', undefined],
    ['| fields nothing', 'lens.unknown_field', undefined],
  ])('refuses %j as %s', (text, code, suggestion) => {
    expect(diagnose(text)).toContainEqual([code, suggestion]);
  });

  it('never puts what was typed into the SQL text, and always adds the scope', () => {
    const marker = 'zq9xj';
    const part = fc.constantFrom(
      marker,
      `"${marker}'"`,
      `${marker}*`,
      `*${marker}*`,
      `re:${marker}`,
      `(${marker} OR "${marker}")`,
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom('tool', 'args."zq9xj\'`"', `metadata.${marker}`, 'user', `args.${marker}`),
            part,
          ),
          { maxLength: 5 },
        ),
        (terms) => {
          const text = terms.map(([field, value]) => `${field}:${value}`).join(' ');
          const result = compile(parse(`${text} ${marker}`).query, scope, { limit: 5 });
          if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
          expect(result.compiled.sql).not.toContain(marker);
          expect(
            result.compiled.sql.match(
              /FROM audit_events FINAL WHERE tenant_id = \{p1:String\} AND event_time >= /g,
            )?.length,
          ).toBe(2);
          expect(result.compiled.parameters['p1']).toBe('acme');
        },
      ),
    );
  });

  it('escapes the names of columns', () => {
    const result = compile(parse('| fields args."a` FROM x -- \\\\ y"').query, scope, { limit: 5 });
    expect(result.ok && result.compiled.sql).toContain('`args."a\\` FROM x --');
  });
});
