import { CONDITION_OPERATORS, type ConditionOperator, type Scalar } from '@portcullis/contracts';
import type { Attribute } from './attribute.js';
import { costOf, type AttributeTest, type Condition } from './condition.js';
import type { AttributeTable, Slot } from './facts.js';
import { compileGlob } from './glob.js';
import { IpRanges, parseIpRange } from './ip-range.js';
import { POLICY_BOUNDS } from './policy-bounds.js';
import { truthWhenMissing, truthWhenPresent, type Operands } from './operators.js';
import type { PolicyPath, Problems } from './problems.js';
import { compileRegex } from './regex.js';

/** What the conditions of one document share while they are compiled. */
export interface ConditionScope {
  table: AttributeTable;
  zone: string;
  problems: Problems;
  conditions: number;
  regexes: number;
}

/** Compiles a rule's conditions; null when there are none. Problems go to the scope, and what has one is left out. */
export function parseConditions(value: unknown, path: PolicyPath, scope: ConditionScope): Condition | null {
  const before = scope.conditions;
  const condition = parseGroup(value, path, scope, 0);
  if (scope.conditions - before > POLICY_BOUNDS.conditionsPerRule) {
    scope.problems.error(
      'policy.too_many_conditions',
      path,
      `a rule has at most ${POLICY_BOUNDS.conditionsPerRule} conditions`,
    );
  }
  return condition;
}

function parseGroup(
  value: unknown,
  path: PolicyPath,
  scope: ConditionScope,
  depth: number,
): Condition | null {
  if (!isRecord(value)) {
    scope.problems.error('policy.invalid_value', path, 'conditions are an object of attributes');
    return null;
  }
  if (depth > POLICY_BOUNDS.conditionDepth) {
    scope.problems.error(
      'policy.too_deep',
      path,
      `any and not nest at most ${POLICY_BOUNDS.conditionDepth} deep`,
    );
    return null;
  }
  const entries = Object.entries(value);
  if (entries.length === 0 && depth > 0)
    scope.problems.error('policy.invalid_value', path, 'an empty condition says nothing');
  return all(entries.flatMap(([name, operand]) => parseEntry(name, operand, [...path, name], scope, depth)));
}

function parseEntry(
  name: string,
  operand: unknown,
  path: PolicyPath,
  scope: ConditionScope,
  depth: number,
): Condition[] {
  if (name === 'any') {
    if (!Array.isArray(operand) || operand.length === 0) {
      scope.problems.error(
        'policy.invalid_value',
        path,
        'any holds a list of conditions of which one must hold',
      );
      return [];
    }
    const parts = operand.flatMap(
      (part, index) => parseGroup(part, [...path, index], scope, depth + 1) ?? [],
    );
    return [{ kind: 'any', parts, byCost: byCost(parts) }];
  }
  if (name === 'not') {
    const part = parseGroup(operand, path, scope, depth + 1);
    return part ? [{ kind: 'not', part }] : [];
  }
  const slot = scope.table.slot(name, scope.zone);
  if ('problem' in slot) {
    scope.problems.error('policy.unknown_attribute', path, slot.problem);
    return [];
  }
  if (Array.isArray(operand)) {
    scope.problems.error('policy.bad_operand', path, 'a list needs the operator in');
    return [];
  }
  if (!isRecord(operand)) return parseTest(slot, 'eq', operand, path, scope);
  const tests = Object.entries(operand);
  if (tests.length === 0) scope.problems.error('policy.invalid_value', path, 'at least one operator');
  return tests.flatMap(([operator, expected]) => {
    if ((CONDITION_OPERATORS as readonly string[]).includes(operator)) {
      return parseTest(slot, operator as ConditionOperator, expected, [...path, operator], scope);
    }
    scope.problems.error(
      'policy.unknown_operator',
      [...path, operator],
      `there is no operator "${operator.slice(0, 64)}"`,
    );
    return [];
  });
}

function parseTest(
  slot: Slot,
  operator: ConditionOperator,
  expected: unknown,
  path: PolicyPath,
  scope: ConditionScope,
): AttributeTest[] {
  if (++scope.conditions > POLICY_BOUNDS.conditionsPerDocument) {
    if (scope.conditions === POLICY_BOUNDS.conditionsPerDocument + 1) {
      scope.problems.error(
        'policy.too_many_conditions',
        path,
        `a policy has at most ${POLICY_BOUNDS.conditionsPerDocument} conditions`,
      );
    }
    return [];
  }
  const { attribute } = slot;
  const listed = operator === 'in' || operator === 'not_in';
  const operands = listed && Array.isArray(expected) ? (expected as unknown[]) : [expected];
  const misuse = misuseOf(operator, attribute, operands);
  if (misuse) {
    scope.problems.error(misuse.code, path, misuse.message);
    return [];
  }
  try {
    const compiled = compileOperands(operator, attribute, operands as Scalar[], scope);
    return [
      {
        kind: 'test',
        slotIndex: slot.index,
        slot,
        operator,
        expected: expected as Scalar | Scalar[],
        whenMissing: truthWhenMissing(operator, compiled),
        whenPresent: truthWhenPresent(operator, compiled, slot.index),
        glob: compiled.glob ?? null,
      },
    ];
  } catch (cause) {
    const code =
      operator === 'matches'
        ? 'policy.bad_regex'
        : attribute.type === 'ip'
          ? 'policy.bad_cidr'
          : 'policy.bad_glob';
    scope.problems.error(code, path, cause instanceof Error ? cause.message.slice(0, 300) : 'not understood');
    return [];
  }
}

/** Throws an Error that says what is wrong with a pattern or a range. */
function compileOperands(
  operator: ConditionOperator,
  attribute: Attribute,
  operands: Scalar[],
  scope: ConditionScope,
): Operands {
  const scalar = operands[0]!;
  const listed = operator === 'in' || operator === 'not_in';
  if (operator === 'exists') return { scalar };
  if (operator === 'matches') {
    if (++scope.regexes > POLICY_BOUNDS.regexesPerDocument)
      throw new Error('the policy has too many regular expressions');
    return { scalar, regex: compileRegex(scalar as string) };
  }
  if (operator === 'glob' || operator === 'not_glob') return { scalar, glob: compileGlob(scalar as string) };
  if (attribute.type === 'ip')
    return { scalar, ranges: new IpRanges(operands.map((operand) => rangeOf(operand as string, listed))) };
  return listed ? { scalar, set: new Set<unknown>(operands) } : { scalar };
}

function rangeOf(text: string, listed: boolean) {
  const range = listed || !text.includes('/') ? parseIpRange(text) : null;
  if (range) return range;
  throw new Error(
    listed
      ? `"${text.slice(0, 64)}" is no address or CIDR range (bits after the prefix must be 0)`
      : 'not one address; a CIDR range needs the operator in',
  );
}

const ORDERING: readonly ConditionOperator[] = ['gt', 'gte', 'lt', 'lte'];
const TEXTUAL: readonly ConditionOperator[] = ['glob', 'not_glob', 'starts_with', 'ends_with', 'matches'];
const SCALAR_TYPES: Partial<Record<Attribute['type'], string>> = {
  string: 'string',
  ip: 'string',
  number: 'number',
  boolean: 'boolean',
};

interface Misuse {
  code: 'policy.bad_operator' | 'policy.bad_operand';
  message: string;
}

/** Why an operator cannot be meant on this attribute or with these operands. */
function misuseOf(operator: ConditionOperator, attribute: Attribute, operands: unknown[]): Misuse | null {
  const operand = (message: string): Misuse => ({ code: 'policy.bad_operand', message });
  const notFor: Misuse = {
    code: 'policy.bad_operator',
    message: `${operator} is not for ${attribute.path}, a ${attribute.type}`,
  };
  if (operands.length === 0) return operand('the list is empty');
  if (operands.length > POLICY_BOUNDS.listOperand)
    return operand(`a list has at most ${POLICY_BOUNDS.listOperand} values`);
  if (!operands.every(isScalar))
    return operand(
      `${operator} takes ${operator.endsWith('in') ? 'a list of values' : 'one value'}: text, finite numbers, booleans`,
    );
  if (operator === 'exists')
    return typeof operands[0] === 'boolean' ? null : operand('exists takes true or false');
  if (ORDERING.includes(operator)) {
    if (attribute.type !== 'number' && attribute.type !== 'any') return notFor;
    return typeof operands[0] === 'number' ? null : operand(`${operator} takes a number`);
  }
  if (TEXTUAL.includes(operator)) {
    if (attribute.type !== 'string' && attribute.type !== 'any') return notFor;
    return typeof operands[0] === 'string' ? null : operand(`${operator} takes text`);
  }
  if (operator === 'contains') {
    if (attribute.type === 'string')
      return typeof operands[0] === 'string' ? null : operand('contains takes text here');
    return attribute.type === 'list' || attribute.type === 'any' ? null : notFor;
  }
  if (attribute.type === 'list') return { ...notFor, message: `${notFor.message}; use contains` };
  const wanted = SCALAR_TYPES[attribute.type];
  if (wanted && operands.some((value) => typeof value !== wanted))
    return operand(`${attribute.path} is a ${wanted}`);
  const impossible =
    attribute.values && operands.find((value) => !attribute.values!.includes(value as string));
  return impossible === undefined
    ? null
    : operand(`${attribute.path} is one of ${attribute.values!.join(', ')}`);
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.length <= POLICY_BOUNDS.operandCharacters;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function all(parts: Condition[]): Condition | null {
  if (parts.length <= 1) return parts[0] ?? null;
  return { kind: 'all', parts, byCost: byCost(parts) };
}

function byCost(parts: Condition[]): Condition[] {
  return parts
    .map((part) => ({ part, cost: costOf(part) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ part }) => part);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
