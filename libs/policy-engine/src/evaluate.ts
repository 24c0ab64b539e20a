import type { AuditClass, MatchedCondition, RefusalReason } from '@portcullis/contracts';
import { isAlwaysAllowed } from './always-allowed.js';
import type { CompiledPolicies } from './compile.js';
import type { CompiledRule, PolicyRef, Severity } from './compiled-rule.js';
import { testedConditions, truthOf } from './condition-truth.js';
import { Facts } from './facts.js';
import { limitKeyOf } from './limit-key.js';
import { DEFAULT_MAX_DURATION_MS, PATTERN_STEPS } from './policy-bounds.js';
import type { PolicyRequest } from './policy-request.js';
import type { Candidates, Message } from './rule-index.js';
import { FALSE, MISSING, UNDECIDABLE } from './truth.js';

/** What must still be taken from a rate limiter before an allowed request may go on. */
export interface LimitDemand {
  key: string;
  calls: number;
  perMs: number;
}

export interface Evaluation {
  decision: 'allow' | 'deny' | 'alert';
  /** Why it is refused; null unless the decision is deny. */
  reason: Extract<RefusalReason, 'policy.denied' | 'arguments.too_large'> | null;
  /** Name of the rule that decided; null when none matched. */
  rule: string | null;
  policy: PolicyRef | null;
  /** The rule's conditions with what they saw, long values cut. */
  conditions: MatchedCondition[];
  limit: LimitDemand | null;
  audit: AuditClass;
  maxDurationMs: number;
  /** The rule's own words, for a refusal of any kind. */
  message: string | null;
  /** Of the alert to raise; null unless the decision is alert. */
  severity: Severity | null;
  /** A rule for this target looks at arguments, whether or not it came to be tested. */
  needsArguments: boolean;
}

/** Decides one request. Pure: the clock and the counters are the caller's. */
export function evaluate(policies: CompiledPolicies, request: PolicyRequest): Evaluation {
  const candidates = policies.rulesOf(request.connection.id).candidates(request);
  const facts = new Facts(request, policies.attributes);
  const gates = candidates.gated();
  return (
    (gates ? firstOpen(candidates, gates.openTo(facts), facts) : first(candidates, facts)) ??
    unmatched(policies, request, candidates.needsArguments)
  );
}

function first(candidates: Candidates, facts: Facts): Evaluation | null {
  for (let at = 0; at < candidates.conditions.length; at++) {
    const evaluation = tried(candidates, at, facts);
    if (evaluation) return evaluation;
  }
  return null;
}

/** `open` has a bit for each rule that may match. */
function firstOpen(candidates: Candidates, open: Int32Array, facts: Facts): Evaluation | null {
  for (let word = 0; word < open.length; word++) {
    for (let left = open[word]!; left !== 0; left &= left - 1) {
      const evaluation = tried(candidates, (word << 5) + 31 - Math.clz32(left & -left), facts);
      if (evaluation) return evaluation;
    }
  }
  return null;
}

/** What a rule decides; null when it does not match. */
function tried(
  { rules, conditions, needsArguments }: Candidates,
  at: number,
  facts: Facts,
): Evaluation | null {
  const condition = conditions[at];
  if (condition) {
    const truth = truthOf(condition, facts);
    if (truth === FALSE || truth === MISSING) return null;
    if (truth === UNDECIDABLE) return undecidable(rules[at]!, needsArguments);
  }
  return decidedBy(rules[at]!, facts, needsArguments);
}

/** Whether a rule for this target looks at arguments, so that they must be handed over whole. */
export function needsArguments(policies: CompiledPolicies, connectionId: string, message: Message): boolean {
  return policies.rulesOf(connectionId).candidates(message).needsArguments;
}

/** @internal */
export function decidedBy(rule: CompiledRule, facts: Facts, needsArguments: boolean): Evaluation {
  let limit: LimitDemand | null = null;
  if (rule.limit) {
    const key = limitKeyOf(rule, rule.limit.parts, facts);
    if (key === null) return undecidable(rule, needsArguments);
    limit = { key, calls: rule.limit.calls, perMs: rule.limit.perMs };
  }
  facts.steps = PATTERN_STEPS;
  const tested = rule.condition ? testedConditions(rule.condition, facts, true) : [];
  return {
    decision: rule.action,
    reason: rule.action === 'deny' ? 'policy.denied' : null,
    rule: rule.name,
    policy: rule.policy,
    conditions: tested.map(({ truth: _truth, ...condition }) => condition),
    limit,
    audit: rule.audit,
    maxDurationMs: rule.maxDurationMs,
    message: rule.message,
    severity: rule.severity,
    needsArguments,
  };
}

/** The rule cannot be told to match or not, so neither it nor any rule after it may decide: refused. @internal */
export function undecidable(rule: CompiledRule, needsArguments: boolean): Evaluation {
  return {
    decision: 'deny',
    reason: 'arguments.too_large',
    rule: rule.name,
    policy: rule.policy,
    conditions: [],
    limit: null,
    audit: rule.audit,
    maxDurationMs: DEFAULT_MAX_DURATION_MS,
    message: null,
    severity: null,
    needsArguments,
  };
}

/** @internal */
export function unmatched(
  policies: CompiledPolicies,
  request: PolicyRequest,
  needsArguments: boolean,
): Evaluation {
  const decision = isAlwaysAllowed(request.method) ? 'allow' : policies.defaultAction;
  return {
    decision,
    reason: decision === 'deny' ? 'policy.denied' : null,
    rule: null,
    policy: null,
    conditions: [],
    limit: null,
    audit: 'buffered',
    maxDurationMs: DEFAULT_MAX_DURATION_MS,
    message: null,
    severity: decision === 'alert' ? 'medium' : null,
    needsArguments,
  };
}
