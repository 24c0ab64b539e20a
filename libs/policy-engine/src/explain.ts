import type { MatchedCondition } from '@portcullis/contracts';
import type { CompiledPolicies } from './compile.js';
import type { CompiledRule, PolicyRef } from './compiled-rule.js';
import { testedConditions, truthOf } from './condition-truth.js';
import { decidedBy, undecidable, unmatched, type Evaluation } from './evaluate.js';
import { Facts } from './facts.js';
import { PATTERN_STEPS } from './policy-bounds.js';
import type { PolicyRequest } from './policy-request.js';
import { targets } from './rule-index.js';
import { FALSE, MISSING, TRUE, UNDECIDABLE, type Truth } from './truth.js';

export type ConditionResult = 'true' | 'false' | 'missing' | 'undecidable';

export interface RuleExplanation {
  policy: PolicyRef;
  rule: string;
  /** Position in its document. */
  index: number;
  action: CompiledRule['action'];
  /**
   * `target`: it is for something else. `conditions`: they are false. `missing`: they hinge on an absent attribute, or
   * one of the wrong type. `undecidable`: they hinge on arguments that were left out or are too large to look at.
   */
  result: 'matched' | 'target' | 'conditions' | 'missing' | 'undecidable';
  /** Every condition as written, when the target fits; of a `not` its inner conditions, their operators marked `not`. */
  conditions: (MatchedCondition & { result: ConditionResult })[];
}

export interface Explanation {
  evaluation: Evaluation;
  /** Every rule looked at, in order; the last one decided, unless none did. */
  considered: RuleExplanation[];
}

const RESULTS: Record<Truth, ConditionResult> = {
  [FALSE]: 'false',
  [TRUE]: 'true',
  [MISSING]: 'missing',
  [UNDECIDABLE]: 'undecidable',
};

/** `evaluate` with its reasons: the same decision, found rule by rule without the index. For people, not for calls. */
export function explain(policies: CompiledPolicies, request: PolicyRequest): Explanation {
  const { rules } = policies.rulesOf(request.connection.id);
  const needsArguments = rules.some((rule) => rule.needsArguments && targets(rule, request));
  const facts = new Facts(request, policies.attributes);
  const considered: RuleExplanation[] = [];
  for (const rule of rules) {
    const targeted = targets(rule, request);
    const truth = !targeted ? FALSE : rule.condition ? truthOf(rule.condition, facts) : TRUE;
    considered.push({
      policy: rule.policy,
      rule: rule.name,
      index: rule.index,
      action: rule.action,
      result: !targeted
        ? 'target'
        : truth === TRUE
          ? 'matched'
          : truth === FALSE
            ? 'conditions'
            : truth === MISSING
              ? 'missing'
              : 'undecidable',
      conditions: targeted ? conditionsOf(rule, policies, request) : [],
    });
    if (truth === TRUE) return { evaluation: decidedBy(rule, facts, needsArguments), considered };
    if (truth === UNDECIDABLE) return { evaluation: undecidable(rule, needsArguments), considered };
  }
  return { evaluation: unmatched(policies, request, needsArguments), considered };
}

function conditionsOf(
  rule: CompiledRule,
  policies: CompiledPolicies,
  request: PolicyRequest,
): RuleExplanation['conditions'] {
  if (!rule.condition) return [];
  // Facts of its own: showing must not use up what deciding may spend.
  const facts = new Facts(request, policies.attributes);
  facts.steps = PATTERN_STEPS;
  return testedConditions(rule.condition, facts, false).map(({ truth, ...condition }) => ({
    ...condition,
    result: RESULTS[truth],
  }));
}
