import { compile, parse } from '@portcullis/lens';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { lensQuery, whole } from './lens-query.js';

describe('a Lens query', () => {
  it('is written as a person would', () => {
    expect(
      lensQuery({
        connection: 'github',
        tool: 'delete_repo',
        type: ['tool_call', 'list'],
        agent: null,
        user: '',
      }),
    ).toBe('connection:github tool:delete_repo type:(tool_call OR list)');
    expect(lensQuery({ reason: ['policy.denied'] })).toBe('reason:policy.denied');
    expect(lensQuery({})).toBe('');
  });

  it('does not look for names that were cut', () => {
    expect(whole('x'.repeat(256))).toBeNull();
    expect(whole('x'.repeat(255))).toBe('x'.repeat(255));
  });

  it('means the name and nothing else, whatever the name is', () => {
    const scope = { tenantId: 't', from: 0, to: 1 };
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 255 }),
      fc.constantFrom(
        '*',
        'a*',
        'OR',
        'AND',
        'NOT',
        're:x',
        '"',
        '\\',
        ') OR tool:x',
        '-x',
        '[a TO b]',
        '=x',
        '>=1',
        'a\nb',
      ),
    );
    fc.assert(
      fc.property(name, name, (tool, agent) => {
        fc.pre(tool !== '' && agent !== '');
        const { query, diagnostics } = parse(lensQuery({ tool, agent: [agent, tool] }));
        expect(diagnostics).toEqual([]);
        const compiled = compile(query, scope, { limit: 10 });
        if (!compiled.ok) throw new Error('not compiled');
        const bound = Object.values(compiled.compiled.parameters);
        expect(bound).toContain(tool);
        expect(bound).toContain(agent);
      }),
    );
  });
});
