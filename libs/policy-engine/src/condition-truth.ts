import type { MatchedCondition } from '@portcullis/contracts';
import { UNAVAILABLE } from './attribute.js';
import type { AttributeTest, Condition } from './condition.js';
import type { Facts } from './facts.js';
import type { IpAddress } from './ip-range.js';
import { SHOWN_CHARACTERS, SHOWN_CONDITIONS } from './policy-bounds.js';

/**
 * Truth of a condition. MISSING: it hinges on an attribute that is absent, or of a type the operator is not for.
 * UNDECIDABLE: it hinges on a value that was not handed over or costs too much to look at.
 *
 * Kleene's logic: what is present decides where it can (`false AND missing` is false, `true OR missing` is true),
 * `not` leaves MISSING and UNDECIDABLE as they are, and only TRUE is a match. So leaving an attribute out never yields
 * a match that some value of it would not yield too. The numbers make `max` the rule for what is left.
 */
export const FALSE = 0;
export const TRUE = 1;
export const MISSING = 2;
export const UNDECIDABLE = 3;
export type Truth = typeof FALSE | typeof TRUE | typeof MISSING | typeof UNDECIDABLE;

export function truthOf(condition: Condition, facts: Facts): Truth {
  if (condition.kind === 'test') return truthOfTest(condition, facts);
  switch (condition.kind) {
    case 'not': {
      const truth = truthOf(condition.part, facts);
      return truth === TRUE ? FALSE : truth === FALSE ? TRUE : truth;
    }
    case 'all': {
      let worst: Truth = TRUE;
      const { byCost } = condition;
      for (let at = 0; at < byCost.length; at++) {
        const truth = truthOf(byCost[at]!, facts);
        if (truth === FALSE) return FALSE;
        if (truth > worst) worst = truth;
      }
      return worst;
    }
    case 'any': {
      let best: Truth = FALSE;
      const { byCost } = condition;
      for (let at = 0; at < byCost.length; at++) {
        const truth = truthOf(byCost[at]!, facts);
        if (truth === TRUE) return TRUE;
        if (truth > best) best = truth;
      }
      return best;
    }
  }
}

const truth = (holds: boolean): Truth => (holds ? TRUE : FALSE);

function truthOfTest(test: AttributeTest, facts: Facts): Truth {
  const value = facts.value(test.slotIndex);
  if (value === UNAVAILABLE) return UNDECIDABLE;
  if (test.operator === 'exists') return truth((value !== undefined) === test.scalar);
  if (value === undefined) return MISSING;
  switch (test.operator) {
    case 'eq':
      return truth(test.ranges ? inRanges(test, value) : value === test.scalar);
    case 'neq':
      return truth(test.ranges ? !inRanges(test, value) : value !== test.scalar);
    case 'in':
      return truth(test.ranges ? inRanges(test, value) : test.set!.has(value as never));
    case 'not_in':
      return truth(test.ranges ? !inRanges(test, value) : !test.set!.has(value as never));
    case 'gt':
      return typeof value === 'number' ? truth(value > (test.scalar as number)) : MISSING;
    case 'gte':
      return typeof value === 'number' ? truth(value >= (test.scalar as number)) : MISSING;
    case 'lt':
      return typeof value === 'number' ? truth(value < (test.scalar as number)) : MISSING;
    case 'lte':
      return typeof value === 'number' ? truth(value <= (test.scalar as number)) : MISSING;
    case 'contains':
      if (Array.isArray(value)) return truth(facts.holds(test.slotIndex, value, test.scalar));
      if (typeof value !== 'string' || typeof test.scalar !== 'string') return MISSING;
      return spend(facts, value.length) ? truth(value.includes(test.scalar)) : UNDECIDABLE;
    case 'starts_with':
      return typeof value === 'string' ? truth(value.startsWith(test.scalar as string)) : MISSING;
    case 'ends_with':
      return typeof value === 'string' ? truth(value.endsWith(test.scalar as string)) : MISSING;
    case 'glob':
    case 'not_glob':
    case 'matches': {
      if (typeof value !== 'string') return MISSING;
      const pattern = test.pattern!;
      if (!spend(facts, value.length * pattern.stepsPerCharacter)) return UNDECIDABLE;
      return truth(pattern.test(value) !== (test.operator === 'not_glob'));
    }
  }
}

function spend(facts: Facts, steps: number): boolean {
  facts.steps -= steps;
  return facts.steps >= 0;
}

function inRanges(test: AttributeTest, value: unknown): boolean {
  return test.ranges!.contains(value as IpAddress);
}

export interface TestedCondition extends MatchedCondition {
  truth: Truth;
}

/** What a condition saw, as written, bounded. With `deciding`, of an `any` that holds only the branch that made it hold. */
export function testedConditions(condition: Condition, facts: Facts, deciding: boolean): TestedCondition[] {
  const tested: TestedCondition[] = [];
  collect(condition, facts, { deciding, negated: false }, tested);
  return tested;
}

function collect(condition: Condition, facts: Facts, how: { deciding: boolean; negated: boolean }, into: TestedCondition[]): void {
  if (into.length >= SHOWN_CONDITIONS) return;
  switch (condition.kind) {
    case 'test': {
      const value = condition.slot.attribute.type === 'ip' ? facts.request.sourceIp : facts.value(condition.slotIndex);
      into.push({
        attribute: condition.slot.attribute.path,
        operator: how.negated ? `not ${condition.operator}` : condition.operator,
        expected: shown(condition.expected),
        ...(value === undefined || value === null || value === UNAVAILABLE ? {} : { actual: shown(value) }),
        truth: truthOf(condition, facts),
      });
      return;
    }
    case 'not':
      collect(condition.part, facts, { ...how, negated: !how.negated }, into);
      return;
    case 'any': {
      const branch = how.deciding && condition.parts.find((part) => truthOf(part, facts) === TRUE);
      for (const part of branch ? [branch] : condition.parts) collect(part, facts, how, into);
      return;
    }
    case 'all':
      for (const part of condition.parts) collect(part, facts, how, into);
  }
}

/** A value as a record may keep it: scalars, and of a list its first elements; objects are not copied. */
function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS - 1)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return '{…}';
  const elements = value.slice(0, 16).map((element: unknown) => (Array.isArray(element) ? '[…]' : shown(element)));
  if (value.length > elements.length) elements.push('…');
  const text = JSON.stringify(elements);
  return text.length > SHOWN_CHARACTERS ? shown(text) : elements;
}
