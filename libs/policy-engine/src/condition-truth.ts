import type { MatchedCondition } from '@portcullis/contracts';
import { UNAVAILABLE } from './attribute.js';
import type { Condition } from './condition.js';
import type { Facts } from './facts.js';
import { SHOWN_CHARACTERS, SHOWN_CONDITIONS } from './policy-bounds.js';
import { FALSE, TRUE, UNDECIDABLE, type Truth } from './truth.js';

export function truthOf(condition: Condition, facts: Facts): Truth {
  if (condition.kind === 'test') {
    const value = facts.value(condition.slotIndex);
    if (value === undefined) return condition.whenMissing;
    return value === UNAVAILABLE ? UNDECIDABLE : condition.whenPresent(value, facts);
  }
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

export interface TestedCondition extends MatchedCondition {
  truth: Truth;
}

/** What a condition saw, as written, bounded. With `deciding`, of an `any` that holds only the branch that made it hold. */
export function testedConditions(condition: Condition, facts: Facts, deciding: boolean): TestedCondition[] {
  const tested: TestedCondition[] = [];
  collect(condition, facts, { deciding, negated: false }, tested);
  return tested;
}

function collect(
  condition: Condition,
  facts: Facts,
  how: { deciding: boolean; negated: boolean },
  into: TestedCondition[],
): void {
  if (into.length >= SHOWN_CONDITIONS) return;
  switch (condition.kind) {
    case 'test': {
      const value =
        condition.slot.attribute.type === 'ip' ? facts.request.sourceIp : facts.value(condition.slotIndex);
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
  if (typeof value === 'string')
    return value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS - 1)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return '{…}';
  const elements = value
    .slice(0, 16)
    .map((element: unknown) => (Array.isArray(element) ? '[…]' : shown(element)));
  if (value.length > elements.length) elements.push('…');
  const text = JSON.stringify(elements);
  return text.length > SHOWN_CHARACTERS ? shown(text) : elements;
}
