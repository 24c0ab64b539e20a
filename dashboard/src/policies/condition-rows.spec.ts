import { describe, expect, it } from 'vitest';
import { conditionForm, conditionsOf } from './condition-rows.js';

describe('conditions as lines', () => {
  it.each([
    [{ 'metadata.role': 'intern' }],
    [{ 'arguments.amount': { gt: 500, lte: 9000.5 } }],
    [{ user: { exists: false }, agent: { exists: true } }],
    [{ 'tool.name': { in: ['a', 'b', 7] } }],
    [{ 'arguments.code': '007', 'arguments.flag': 'true', 'arguments.number': '12', on: true, count: 12 }],
    [{ any: [{ user: 'a' }, { user: 'b' }], not: { agent: 'x' }, user: 'c' }],
    [{ strange: { nobody_knows: 1 } }],
    [{ quoted: '"already"' }],
    [{ 'arguments.sql': { matches: '(?i)\\b(drop|truncate)\\s+table' } }],
  ])('%j comes back as it was', (conditions) => {
    expect(conditionsOf(conditionForm(conditions))).toEqual(conditions);
  });

  it('are none when there is none', () => {
    expect(conditionsOf(conditionForm(undefined))).toBeUndefined();
    expect(conditionsOf(conditionForm('broken'))).toBeUndefined();
  });

  it('keeps what it cannot show apart', () => {
    expect(conditionForm({ any: [{ a: 1 }], user: 'x' })).toEqual({
      rows: [{ attribute: 'user', operator: 'eq', operand: 'x' }],
      nested: { any: [{ a: 1 }] },
    });
  });
});
