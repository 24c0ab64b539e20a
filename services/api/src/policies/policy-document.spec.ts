import { describe, expect, it } from 'vitest';
import { policyDocumentOf } from './policy-document.js';

const issueOf = (body: Record<string, unknown>) => {
  try {
    policyDocumentOf(body);
  } catch (error) {
    return (error as { problem: { issues: { message: string }[] } }).problem.issues[0]?.message;
  }
  return undefined;
};

describe('policyDocumentOf', () => {
  it('takes the fields of a JSON body, without what is not the document', () => {
    expect(policyDocumentOf({ name: 'a', rules: [], connection: 'x', note: 'why' })).toEqual({
      document: { name: 'a', rules: [] },
      note: 'why',
    });
  });

  it('takes a whole YAML document', () => {
    expect(policyDocumentOf({ yaml: 'version: 1\nname: a\nrules:\n  - name: r\n' }).document).toEqual({
      version: 1,
      name: 'a',
      rules: [{ name: 'r' }],
    });
  });

  it('names the line and column of a mistake', () => {
    expect(issueOf({ yaml: 'name: a\nrules: [\n' })).toMatch(/^line 3, column 1: /);
    expect(issueOf({ yaml: 'name: a\nname: b\n' })).toMatch(/^line 2, column 1: .*unique/);
    expect(issueOf({ yaml: '- a list' })).toContain('mapping');
  });

  it('does not expand a small text into a huge document', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefg'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[index]}`).join(',')}]`)
      .join('\n')}`;
    expect(issueOf({ yaml: bomb })).toBeDefined();
  });
});
