import { policyDocumentSchema, type Conditions, type PolicyDocument, type Rule } from '@portcullis/contracts';
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

/** Rules compiled between two pauses: a millisecond or two. */
const RULES_A_PIECE = 50;

/** `compileDocument` in pieces. */
export function* documentCompilation(input: unknown, policy: PolicyRef, table: AttributeTable): Generator<undefined, CompiledDocument> {
  const problems = new Problems();
  const document = withinBounds(input, problems) ? parseDocument(input, problems) : null;
  if (!document) return { document: null, rules: [], problems };
  if (document.engine !== 'native') {
    problems.error('policy.not_supported', ['engine'], `engine ${document.engine} is not supported by this version`);
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
  return { document: problems.errors.length > 0 ? null : document, rules: rules.map(({ compiled }) => compiled), problems };
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
function withinBounds(input: unknown, problems: Problems): boolean {
  const open: { value: unknown; path: PolicyPath }[] = [{ value: input, path: [] }];
  let nodes = 0;
  let characters = 0;
  const refuse = (code: 'policy.too_large' | 'policy.too_deep' | 'policy.bad_key' | 'policy.malformed', path: PolicyPath, message: string) => {
    problems.error(code, path, message);
    return false;
  };
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next;
    if (typeof value === 'string') characters += value.length;
    if (++nodes > POLICY_BOUNDS.documentNodes || characters > POLICY_BOUNDS.documentCharacters) {
      return refuse('policy.too_large', [], 'the document is too large');
    }
    if (value === undefined && path.length > 0) continue;
    if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') continue;
    if (!isPlain(value)) return refuse('policy.malformed', path, 'only text, numbers, booleans, lists and objects; quote a date');
    if (path.length >= POLICY_BOUNDS.documentDepth) return refuse('policy.too_deep', path, 'the document is nested too deep');
    for (const key of Object.keys(value)) {
      if (key === '__proto__') return refuse('policy.bad_key', [...path, key], '"__proto__" is not a name');
      characters += key.length;
      open.push({ value: (value as Record<string, unknown>)[key], path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
    // Large lists are refused before they are walked.
    if (open.length + nodes > POLICY_BOUNDS.documentNodes) return refuse('policy.too_large', [], 'the document is too large');
  }
  return true;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

/** Conditions are left to the condition parser, which knows attributes and operators and says more than a schema could. */
function parseDocument(input: unknown, problems: Problems): PolicyDocument | null {
  const parsed = policyDocumentSchema.safeParse(withoutConditions(input));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) report(issue, input, problems);
    return null;
  }
  const given = (input as { rules: { conditions?: Conditions }[] }).rules;
  return {
    ...parsed.data,
    rules: parsed.data.rules.map((rule, index) => {
      const conditions = given[index]!.conditions;
      return conditions === undefined ? rule : { ...rule, conditions };
    }),
  };
}

function withoutConditions(input: unknown): unknown {
  if (!isPlain(input) || !('rules' in input) || !Array.isArray(input.rules)) return input;
  const rules = input.rules.map((rule: unknown) => {
    if (!isPlain(rule) || Array.isArray(rule) || !('conditions' in rule)) return rule;
    const { conditions: _conditions, ...rest } = rule;
    return rest;
  });
  return { ...input, rules };
}

type Issue = { code: string; path: PropertyKey[]; message: string; keys?: string[] };

function report(issue: Issue, input: unknown, problems: Problems): void {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys ?? []) problems.error('policy.unknown_field', [...path, key], 'there is no such field');
    return;
  }
  const missing = path.length > 0 && valueOf(input, path) === undefined;
  problems.error(missing ? 'policy.missing_field' : 'policy.invalid_value', path, missing ? 'this field is required' : issue.message.slice(0, 300));
}

function valueOf(input: unknown, path: PolicyPath): unknown {
  return path.reduce<unknown>((value, part) => (isPlain(value) ? (value as Record<string, unknown>)[part] : undefined), input);
}
