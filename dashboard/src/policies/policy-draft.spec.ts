import { describe, expect, it } from 'vitest';
import {
  draftRules,
  draftText,
  readDraft,
  ruleAt,
  withField,
  withoutRule,
  withRule,
  withRuleAdded,
  withRuleMoved,
} from './policy-draft.js';

const TEXT = `version: 1
name: production database
rules:
  # asked first
  - name: no destructive tools
    target: { kind: mcp_tool, tool: "{delete,drop}_*" }
    action: deny
  - name: the rest
    target: { kind: mcp_tool, tool: "*" }
    action: allow
`;
const at = (text: string, { from, to }: { from: number; to: number }) => text.slice(from, to);

describe('draftText', () => {
  it('has the fields of a rule in one order, in whatever order they were stored', () => {
    const target = { kind: 'mcp_tool', tool: '*' } as const;
    const rule = { name: 'a', target, action: 'deny', message: 'no' } as const;
    const stored = {
      rules: [{ message: 'no', action: 'deny', name: 'a', target: { tool: '*', kind: 'mcp_tool' } }],
      name: 'p',
      version: 1,
    };
    expect(draftText(stored)).toBe(draftText({ version: 1, name: 'p', engine: 'native', rules: [rule] }));
  });

  it('shows what is no policy as it is', () => {
    expect(draftText({ colour: 'blue' })).toBe('colour: blue\n');
  });
});

describe('readDraft', () => {
  it('takes a good document', () => {
    const draft = readDraft(TEXT);
    expect(draft.problems).toEqual([]);
    expect(draft.document?.rules.map(({ name }) => name)).toEqual(['no destructive tools', 'the rest']);
  });

  it.each([
    ['action: deny', 'action: dny', 'dny'],
    ['kind: mcp_tool, tool: "{delete', 'kind: mcp_tool, tool: "{{delete', '"{{delete,drop}_*"'],
    ['    action: allow', '    action: allow\n    conditions: { foo.bar: 1 }', '1'],
    ['    action: allow', '    action: allow\n    colour: blue', 'blue'],
  ])('places a mistake: %s turned to %s', (good, bad, place) => {
    const text = TEXT.replace(good, bad);
    const [problem] = readDraft(text).problems.filter(({ severity }) => severity === 'error');
    expect(problem && at(text, problem)).toBe(place);
    expect(readDraft(text).document).toBeUndefined();
  });

  it('places what is missing at what it is missing from', () => {
    const text = TEXT.replace('    action: allow\n', '');
    const [problem] = readDraft(text).problems;
    expect(problem?.pointer).toContain('/rules/1');
    expect(problem && at(text, problem)).toContain('the rest');
  });

  it('says that a text is no YAML, and where', () => {
    const [problem] = readDraft('name: a\nrules: [\n').problems;
    expect(problem).toMatchObject({ severity: 'error', pointer: null });
    expect(problem?.from).toBeGreaterThan(0);
  });

  it.each(['- a list', '', 'just words', 'null'])('does not take %j for a policy', (text) => {
    expect(readDraft(text)).toMatchObject({ value: undefined, document: undefined });
    expect(readDraft(text).problems).toHaveLength(1);
  });

  it('does not expand a small text into a huge one', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[...'bcdefg'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[index]}`).join(',')}]`).join('\n')}`;
    expect(readDraft(bomb).problems).toHaveLength(1);
  });
});

describe('editing', () => {
  it('changes one rule and leaves comments and neighbours alone', () => {
    const changed = withRule(TEXT, 1, {
      name: 'the rest',
      target: { kind: 'mcp_tool', tool: 'get_*' },
      action: 'alert',
    });
    expect(changed).toContain('# asked first');
    expect(changed).toContain('{ kind: mcp_tool, tool: "{delete,drop}_*" }');
    expect(readDraft(changed).document?.rules[1]).toMatchObject({
      action: 'alert',
      target: { tool: 'get_*' },
    });
  });

  it('adds, moves and takes away', () => {
    const names = (text: string) => draftRules(readDraft(text)).map(({ name }) => name);
    const rule = { name: 'new', target: { kind: 'mcp_tool', tool: 'x' }, action: 'hold' } as const;
    expect(names(withRuleAdded(TEXT, 1, rule))).toEqual(['no destructive tools', 'new', 'the rest']);
    expect(names(withRuleMoved(TEXT, 1, 0))).toEqual(['the rest', 'no destructive tools']);
    expect(names(withoutRule(TEXT, 0))).toEqual(['the rest']);
    expect(names(withRuleAdded('name: empty\n', 0, rule))).toEqual(['new']);
    expect(names(withRuleAdded('name: empty\nrules: []\n', 0, rule))).toEqual(['new']);
  });

  it('sets and removes fields', () => {
    expect(readDraft(withField(TEXT, 'name', 'other')).document?.name).toBe('other');
    expect(withField(withField(TEXT, 'timeZone', 'Europe/Berlin'), 'timeZone', undefined)).not.toContain(
      'timeZone',
    );
  });

  it('leaves a text that is no YAML to the person', () => {
    expect(withRule('rules: [', 0, { name: 'x' })).toBe('rules: [');
  });
});

it('knows which rule an offset stands in', () => {
  expect(ruleAt(TEXT, TEXT.indexOf('destructive'))).toBe(0);
  expect(ruleAt(TEXT, TEXT.indexOf('action: allow'))).toBe(1);
  expect(ruleAt(TEXT, 0)).toBe(-1);
});

it('writes a document that reads back as itself', () => {
  const { document } = readDraft(TEXT);
  expect(document && readDraft(draftText(document)).document).toEqual(document);
});
