import type { Rule, RuleTarget, TargetKind } from '@portcullis/contracts';
import type { CompiledLimit, CompiledRule, LimitKeyPart, PolicyRef } from './compiled-rule.js';
import { testsOf } from './condition.js';
import { parseConditions, type ConditionScope } from './condition-parser.js';
import { parseDuration } from './duration.js';
import { compileGlob, type Glob } from './glob.js';
import { DEFAULT_MAX_DURATION_MS, POLICY_BOUNDS } from './policy-bounds.js';
import { gateOf } from './rule-gate.js';
import type { PolicyPath } from './problems.js';

/** Compiles one rule; null when it has an error, which the scope then holds. */
export function compileRule(
  rule: Rule,
  index: number,
  policy: PolicyRef,
  scope: ConditionScope,
): CompiledRule | null {
  const path: PolicyPath = ['rules', index];
  const errorsBefore = scope.problems.errors.length;
  refuseUnsupported(rule, path, scope);
  const { kind, field, pattern } = targetOf(rule.target);
  const target = globAt(pattern, [...path, 'target', field], scope);
  const condition =
    rule.conditions === undefined ? null : parseConditions(rule.conditions, [...path, 'conditions'], scope);
  const limit = rule.limit ? limitOf(rule.limit, [...path, 'limit'], scope) : null;
  const maxDurationMs =
    rule.timeout === undefined
      ? DEFAULT_MAX_DURATION_MS
      : durationAt(rule.timeout, POLICY_BOUNDS.timeoutMs, [...path, 'timeout'], scope);
  if (scope.problems.errors.length > errorsBefore || !target) return null;
  const inCondition =
    condition !== null && [...testsOf(condition)].some((test) => test.slot.attribute.inArguments);
  return {
    policy,
    index,
    name: rule.name,
    nameOccurrence: 0,
    kind,
    target,
    condition,
    gate: gateOf(condition),
    action: rule.action as CompiledRule['action'],
    message: rule.message ?? null,
    limit: rule.action === 'deny' ? null : limit,
    audit: rule.audit ?? 'buffered',
    maxDurationMs,
    severity: rule.action === 'alert' ? (rule.severity ?? 'medium') : null,
    needsArguments:
      inCondition ||
      (rule.action !== 'deny' && limit !== null && limit.parts.some((part) => 'argument' in part)),
  };
}

function refuseUnsupported(rule: Rule, path: PolicyPath, scope: ConditionScope): void {
  const refuse = (field: string, what: string) =>
    scope.problems.error(
      'policy.not_supported',
      [...path, field],
      `${what} is not supported by this version`,
    );
  if (rule.action === 'hold' || rule.action === 'redact') refuse('action', `action ${rule.action}`);
  for (const field of ['approvers', 'expires', 'redact'] as const)
    if (rule[field] !== undefined) refuse(field, field);
}

function targetOf(target: RuleTarget): { kind: TargetKind; field: string; pattern: string } {
  switch (target.kind) {
    case 'mcp_tool':
      return { kind: 'tool', field: 'tool', pattern: target.tool };
    case 'mcp_resource':
      return { kind: 'resource', field: 'uri', pattern: target.uri };
    case 'mcp_prompt':
      return { kind: 'prompt', field: 'prompt', pattern: target.prompt };
    case 'mcp_method':
      return { kind: 'method', field: 'method', pattern: target.method };
  }
}

function globAt(pattern: string, path: PolicyPath, scope: ConditionScope): Glob | null {
  try {
    return compileGlob(pattern);
  } catch (cause) {
    scope.problems.error('policy.bad_glob', path, cause instanceof Error ? cause.message : 'not understood');
    return null;
  }
}

function limitOf(limit: NonNullable<Rule['limit']>, path: PolicyPath, scope: ConditionScope): CompiledLimit {
  const parts = limit.key.flatMap((key, index): LimitKeyPart[] => {
    if (!key.startsWith('arguments.'))
      return [{ fixed: key as Extract<LimitKeyPart, { fixed: unknown }>['fixed'] }];
    const slot = scope.table.slot(key, scope.zone);
    if (!('problem' in slot)) return [{ argument: slot }];
    scope.problems.error('policy.unknown_attribute', [...path, 'key', index], slot.problem);
    return [];
  });
  return {
    calls: limit.calls,
    perMs: durationAt(limit.per, POLICY_BOUNDS.limitPerMs, [...path, 'per'], scope),
    parts,
  };
}

function durationAt(text: string, mostMs: number, path: PolicyPath, scope: ConditionScope): number {
  const ms = parseDuration(text) ?? Number.POSITIVE_INFINITY;
  if (ms > mostMs) scope.problems.error('policy.bad_duration', path, `at most ${mostMs / 3_600_000}h`);
  return ms;
}
