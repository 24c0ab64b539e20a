import type { ConditionOperator, Scalar } from '@portcullis/contracts';
import type { Slot } from './facts.js';
import type { Glob } from './glob.js';
import type { TruthOfValue } from './operators.js';
import type { Truth } from './truth.js';

/** One operator on one attribute. */
export interface AttributeTest {
  kind: 'test';
  /** Of the slot; here as well because every test of every rule reads it. */
  slotIndex: number;
  slot: Slot;
  operator: ConditionOperator;
  /** As written. */
  expected: Scalar | Scalar[];
  whenMissing: Truth;
  whenPresent: TruthOfValue;
  /** Of the operators that take one. */
  glob: Glob | null;
}

export interface ConditionGroup {
  kind: 'all' | 'any';
  /** As written. */
  parts: readonly Condition[];
  /** Cheapest first; the order of testing never changes the outcome. */
  byCost: readonly Condition[];
}

export interface NegatedCondition {
  kind: 'not';
  part: Condition;
}

export type Condition = AttributeTest | ConditionGroup | NegatedCondition;

/** Depth first, as written. */
export function* testsOf(condition: Condition): Generator<AttributeTest> {
  if (condition.kind === 'test') yield condition;
  else if (condition.kind === 'not') yield* testsOf(condition.part);
  else for (const part of condition.parts) yield* testsOf(part);
}

export function costOf(condition: Condition): number {
  if (condition.kind === 'not') return costOf(condition.part);
  if (condition.kind !== 'test') return condition.parts.reduce((sum, part) => sum + costOf(part), 1);
  if (condition.operator === 'matches') return 100;
  return condition.operator === 'glob' ||
    condition.operator === 'not_glob' ||
    condition.operator === 'contains'
    ? 10
    : 1;
}
