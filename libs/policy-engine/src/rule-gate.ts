import type { Scalar } from '@portcullis/contracts';
import { testsOf, type AttributeTest, type Condition } from './condition.js';

/**
 * A test without which a rule's conditions do not hold, of a kind that can be looked up: rules whose gate a request does
 * not pass need not be tried one by one.
 */
export type RuleGate = {
  readonly slot: number;
  /**
   * Another test of the rule may be undecidable. Only a false gate keeps such a rule from refusing the request; a gate
   * that hinges on an absent attribute does not.
   */
  readonly undecidable: boolean;
} & (
  | { readonly kind: 'value'; readonly values: readonly unknown[] }
  | { readonly kind: 'start' | 'end'; readonly affixes: readonly string[] }
  /** Both include the bound. */
  | { readonly kind: 'above' | 'below'; readonly bound: number }
);

type GateTest = {
  readonly test: AttributeTest;
  readonly gate: Omit<RuleGate, 'undecidable'>;
  readonly rank: number;
};

/** Null when the conditions have no such test: then the rule is always tried. */
export function gateOf(condition: Condition | null): RuleGate | null {
  if (condition === null) return null;
  const direct = condition.kind === 'all' ? condition.parts : [condition];
  const gates = direct.flatMap((part) => (part.kind === 'test' ? (gateOfTest(part) ?? []) : []));
  const [best] = gates.sort((a, b) => a.rank - b.rank);
  if (!best) return null;
  const undecidable = [...testsOf(condition)].some((test) => test !== best.test && mayBeUndecidable(test));
  return { ...best.gate, undecidable } as RuleGate;
}

function gateOfTest(test: AttributeTest): GateTest | null {
  const { slotIndex: slot, operator, expected, glob } = test;
  // Addresses are compared by range, not by value.
  if (test.slot.attribute.type === 'ip') return null;
  switch (operator) {
    case 'eq':
      return { test, gate: { slot, kind: 'value', values: [expected] } as GateTest['gate'], rank: 0 };
    case 'in':
      return {
        test,
        gate: { slot, kind: 'value', values: expected as Scalar[] } as GateTest['gate'],
        rank: 0,
      };
    case 'starts_with':
      return affixGate(test, 'start', [expected as string]);
    case 'ends_with':
      return affixGate(test, 'end', [expected as string]);
    case 'glob':
      return (
        (glob?.starts && affixGate(test, 'start', glob.starts)) ||
        (glob?.ends ? affixGate(test, 'end', glob.ends) : null)
      );
    case 'gt':
    case 'gte':
      return { test, gate: { slot, kind: 'above', bound: expected as number } as GateTest['gate'], rank: 2 };
    case 'lt':
    case 'lte':
      return { test, gate: { slot, kind: 'below', bound: expected as number } as GateTest['gate'], rank: 2 };
    default:
      return null;
  }
}

function affixGate(test: AttributeTest, kind: 'start' | 'end', affixes: readonly string[]): GateTest | null {
  if (affixes.some((affix) => affix === '')) return null;
  return { test, gate: { slot: test.slotIndex, kind, affixes } as GateTest['gate'], rank: 1 };
}

function mayBeUndecidable({ operator, slot }: AttributeTest): boolean {
  return (
    slot.attribute.inArguments ||
    operator === 'glob' ||
    operator === 'not_glob' ||
    operator === 'contains' ||
    operator === 'matches'
  );
}
