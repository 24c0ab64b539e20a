import type { Rule } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { conditionTexts, obligationTexts, targetText } from './rule-text.js';

describe('conditionTexts', () => {
  it('says each condition as a phrase', () => {
    expect(
      conditionTexts({
        'metadata.role': 'intern',
        'arguments.amount': { gt: 500, lte: 9000 },
        'tool.name': { in: ['a', 'b'] },
        user: { exists: false },
        any: [{ agent: 'ci' }, { 'time.hour': { lt: 6 } }],
        not: { 'connection.slug': { glob: 'prod-*' } },
      }),
    ).toEqual([
      'metadata.role = intern',
      'arguments.amount > 500',
      'arguments.amount ≤ 9000',
      'tool.name in [a, b]',
      'user is absent',
      'any of (agent = ci or time.hour < 6)',
      'not (connection.slug like prod-*)',
    ]);
  });

  it('has nothing to say of none', () => {
    expect(conditionTexts(undefined)).toEqual([]);
  });
});

it('says what a rule is about and what it owes', () => {
  const rule = {
    name: 'r',
    action: 'allow',
    target: { kind: 'mcp_tool', tool: '*' },
    limit: { calls: 60, per: '1m', key: ['user'] },
    audit: 'strict',
    redact: { arguments: ['/card'], result: ['pii.email'] },
    timeout: '30s',
  } satisfies Rule;
  expect(targetText(rule.target)).toBe('tool *');
  expect(obligationTexts(rule)).toEqual([
    'at most 60 calls per 1m for each user',
    'redacts arguments /card',
    'redacts pii.email from the result',
    'may take 30s',
    'audit strict',
  ]);
});
