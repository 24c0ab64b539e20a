import type { Rule } from '@portcullis/contracts';
import type { CompiledRule } from './compiled-rule.js';
import { testsOf } from './condition.js';
import type { PolicyPath, Problems } from './problems.js';

/** What is allowed and probably not meant. */
export function warnOfRules(
  rules: readonly { rule: Rule; compiled: CompiledRule }[],
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const { rule, compiled } of rules) {
    const path: PolicyPath = ['rules', compiled.index];
    if (names.has(rule.name))
      problems.warn('policy.duplicate_rule_name', [...path, 'name'], 'another rule has this name');
    names.add(rule.name);
    warnOfAssertions(rule, compiled, path, problems);
    warnOfUselessFields(rule, path, problems);
    warnOfMethods(compiled, path, problems);
  }
  warnOfUnreachable(
    rules.map(({ compiled }) => compiled),
    problems,
  );
}

function warnOfAssertions(rule: Rule, compiled: CompiledRule, path: PolicyPath, problems: Problems): void {
  if (rule.action === 'deny' && compiled.condition) {
    const asserted = [...testsOf(compiled.condition)].filter((test) => test.slot.attribute.asserted);
    const attributes = [...new Set(asserted.map((test) => test.slot.attribute.path))];
    if (attributes.length > 0) {
      problems.warn(
        'policy.asserted_attribute',
        [...path, 'conditions'],
        `this deny rests on ${attributes.join(', ')}, which the caller asserts and can leave out or change`,
      );
    }
  }
  if (compiled.limit && compiled.limit.parts.every((part) => 'argument' in part || part.fixed === 'user')) {
    problems.warn(
      'policy.asserted_limit_key',
      [...path, 'limit', 'key'],
      'the caller chooses this key, unless a user is bound to its API key; add key, session or organization',
    );
  }
}

function warnOfUselessFields(rule: Rule, path: PolicyPath, problems: Problems): void {
  const useless = (field: string, why: string) =>
    problems.warn('policy.no_effect', [...path, field], `${field} has no effect on ${why}`);
  if (rule.action === 'deny' && rule.limit) useless('limit', 'a deny');
  if (rule.action === 'deny' && rule.timeout !== undefined) useless('timeout', 'a deny');
  if (rule.action !== 'alert' && rule.severity) useless('severity', 'anything but an alert');
}

const COVERED = ['tools/call', 'resources/read', 'prompts/get'];

function warnOfMethods(rule: CompiledRule, path: PolicyPath, problems: Problems): void {
  if (rule.kind !== 'method' || rule.action === 'deny') return;
  const covered = COVERED.filter((method) => rule.target.test(method));
  if (covered.length > 0) {
    problems.warn(
      'policy.method_covers_targets',
      [...path, 'target', 'method'],
      `this lets every ${covered.join(', ')} through, whatever its name`,
    );
  }
}

/** Only what is certain: the same target, or everything of its kind, taken before by a rule without conditions. */
function warnOfUnreachable(rules: readonly CompiledRule[], problems: Problems): void {
  const taken = new Map<string, string>();
  for (const rule of rules) {
    const by =
      taken.get('method *') ??
      taken.get(`${rule.kind} *`) ??
      taken.get(`${rule.kind} ${rule.target.pattern}`);
    if (by !== undefined)
      problems.warn(
        'policy.unreachable_rule',
        ['rules', rule.index],
        `rule "${by}" before it takes every request it could match`,
      );
    if (rule.condition) continue;
    const key = `${rule.kind} ${rule.target.matchesAll ? '*' : rule.target.pattern}`;
    if (!taken.has(key)) taken.set(key, rule.name);
  }
}
