import { policyDocumentSchema, ruleSchema, type PolicyDocument, type Rule } from '@portcullis/contracts';
import type { CompiledRule, PolicyRef } from './compiled-rule.js';
import type { AttributeTable } from './facts.js';
import { POLICY_BOUNDS } from './policy-bounds.js';
import { finished } from './pieces.js';
import { Problems, type PolicyPath } from './problems.js';
import { compileRule } from './rule-compiler.js';
import { warnOfRules } from './rule-warnings.js';

export interface CompiledDocument {
  document: PolicyDocument | null;
  /** Complete only when there are no errors. */
  rules: CompiledRule[];
  problems: Problems;
}

/** The one way from a parsed value to rules: what is checked on save is what is compiled to decide. */
export function compileDocument(input: unknown, policy: PolicyRef, table: AttributeTable): CompiledDocument {
  return finished(documentCompilation(input, policy, table));
}

/** Rules read or compiled, and values walked, between two pauses: a millisecond or two. */
const RULES_A_PIECE = 50;
const NODES_A_PIECE = 1_000;
/** What the schema of the whole takes. */
const MOST_RULES = 5_000;

/** `compileDocument` in pieces. */
export function* documentCompilation(
  input: unknown,
  policy: PolicyRef,
  table: AttributeTable,
): Generator<undefined, CompiledDocument> {
  const problems = new Problems();
  const document = (yield* withinBounds(input, problems)) ? yield* parseDocument(input, problems) : null;
  if (!document) return { document: null, rules: [], problems };
  if (document.engine !== 'native') {
    problems.error(
      'policy.not_supported',
      ['engine'],
      `engine ${document.engine} is not supported by this version`,
    );
  }
  const zone = zoneOf(document, table, problems);
  const scope = { table, zone, problems, conditions: 0, regexes: 0 };
  yield undefined;
  const rules: { rule: Rule; compiled: CompiledRule }[] = [];
  for (const [index, rule] of document.rules.entries()) {
    const compiled = compileRule(rule, index, policy, scope);
    if (compiled) rules.push({ rule, compiled });
    if (index % RULES_A_PIECE === RULES_A_PIECE - 1) yield undefined;
  }
  const occurrences = new Map<string, number>();
  for (const { compiled } of rules) {
    compiled.nameOccurrence = occurrences.get(compiled.name) ?? 0;
    occurrences.set(compiled.name, compiled.nameOccurrence + 1);
  }
  warnOfRules(rules, problems);
  return {
    document: problems.errors.length > 0 ? null : document,
    rules: rules.map(({ compiled }) => compiled),
    problems,
  };
}

function zoneOf(document: PolicyDocument, table: AttributeTable, problems: Problems): string {
  const zone = document.timeZone ?? 'UTC';
  try {
    table.clock(zone);
    return zone;
  } catch {
    problems.error('policy.bad_time_zone', ['timeZone'], `"${zone}" is no IANA time zone`);
    return 'UTC';
  }
}

/** Walks before anything recurses: whatever passes is plain, finite data of bounded size. */
function* withinBounds(input: unknown, problems: Problems): Generator<undefined, boolean> {
  const open: { value: unknown; path: PolicyPath }[] = [{ value: input, path: [] }];
  let nodes = 0;
  let characters = 0;
  const refuse = (
    code: 'policy.too_large' | 'policy.too_deep' | 'policy.bad_key' | 'policy.malformed',
    path: PolicyPath,
    message: string,
  ) => {
    problems.error(code, path, message);
    return false;
  };
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next;
    if (typeof value === 'string') characters += value.length;
    if (nodes % NODES_A_PIECE === NODES_A_PIECE - 1) yield undefined;
    if (++nodes > POLICY_BOUNDS.documentNodes || characters > POLICY_BOUNDS.documentCharacters) {
      return refuse('policy.too_large', [], 'the document is too large');
    }
    if (value === undefined && path.length > 0) continue;
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'boolean' ||
      typeof value === 'number'
    )
      continue;
    if (!isPlain(value))
      return refuse(
        'policy.malformed',
        path,
        'only text, numbers, booleans, lists and objects; quote a date',
      );
    if (path.length >= POLICY_BOUNDS.documentDepth)
      return refuse('policy.too_deep', path, 'the document is nested too deep');
    for (const key of Object.keys(value)) {
      if (key === '__proto__') return refuse('policy.bad_key', [...path, key], '"__proto__" is not a name');
      characters += key.length;
      open.push({
        value: (value as Record<string, unknown>)[key],
        path: [...path, Array.isArray(value) ? Number(key) : key],
      });
    }
    // Large lists are refused before they are walked.
    if (open.length + nodes > POLICY_BOUNDS.documentNodes)
      return refuse('policy.too_large', [], 'the document is too large');
  }
  return true;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

/** Rule by rule, since a schema reads all it is given at once. */
function* parseDocument(input: unknown, problems: Problems): Generator<undefined, PolicyDocument | null> {
  const given = rulesOf(input);
  const head = policyDocumentSchema.safeParse(given ? { ...(input as object), rules: [] } : input);
  if (!head.success) for (const issue of head.error.issues) report(issue, input, problems);
  const rules: Rule[] = [];
  for (const [index, rule] of (given ?? []).entries()) {
    const parsed = parseRule(rule);
    if (parsed.success) rules.push(parsed.data);
    else
      for (const issue of parsed.error.issues)
        report({ ...issue, path: ['rules', index, ...issue.path] }, input, problems);
    if (index % RULES_A_PIECE === RULES_A_PIECE - 1) yield undefined;
  }
  return head.success && problems.errors.length === 0 ? { ...head.data, rules } : null;
}

/** Null when there are none to read: the schema of the whole says what is wrong. */
function rulesOf(input: unknown): unknown[] | null {
  if (!isPlain(input) || !('rules' in input) || !Array.isArray(input.rules)) return null;
  return input.rules.length <= MOST_RULES ? (input.rules as unknown[]) : null;
}

/** Conditions are left to the condition parser, which knows attributes and operators and says more than a schema could. */
function parseRule(rule: unknown): ReturnType<typeof ruleSchema.safeParse> {
  if (!isPlain(rule) || Array.isArray(rule) || !('conditions' in rule)) return ruleSchema.safeParse(rule);
  const { conditions, ...rest } = rule;
  const parsed = ruleSchema.safeParse(rest);
  if (parsed.success && conditions !== undefined)
    parsed.data.conditions = conditions as NonNullable<Rule['conditions']>;
  return parsed;
}

type Issue = { code: string; path: PropertyKey[]; message: string; keys?: string[] };

function report(issue: Issue, input: unknown, problems: Problems): void {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys ?? [])
      problems.error('policy.unknown_field', [...path, key], 'there is no such field');
    return;
  }
  const missing = path.length > 0 && valueOf(input, path) === undefined;
  problems.error(
    missing ? 'policy.missing_field' : 'policy.invalid_value',
    path,
    missing ? 'this field is required' : issue.message.slice(0, 300),
  );
}

function valueOf(input: unknown, path: PolicyPath): unknown {
  return path.reduce<unknown>(
    (value, part) => (isPlain(value) ? (value as Record<string, unknown>)[part] : undefined),
    input,
  );
}
