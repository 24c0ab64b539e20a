import { CONDITION_OPERATORS, type ConditionOperator, type Conditions } from '@portcullis/contracts';

/** A condition as a line of the form: an attribute, an operator, an operand as text. */
export interface ConditionRow {
  readonly attribute: string;
  readonly operator: ConditionOperator;
  readonly operand: string;
}

/** What the form can show line by line, and what it leaves as it is: nested conditions. */
export interface ConditionForm {
  readonly rows: readonly ConditionRow[];
  readonly nested: Conditions;
}

const LISTS: readonly ConditionOperator[] = ['in', 'not_in'];

export function conditionForm(conditions: unknown): ConditionForm {
  const rows: ConditionRow[] = [];
  const nested: Conditions = {};
  for (const [attribute, test] of Object.entries(isObject(conditions) ? conditions : {})) {
    if (attribute === 'any' || attribute === 'not') nested[attribute] = test as Conditions;
    else if (!isObject(test)) rows.push({ attribute, operator: 'eq', operand: operandText(test) });
    else {
      const known = Object.entries(test).filter((entry): entry is [ConditionOperator, unknown] =>
        (CONDITION_OPERATORS as readonly string[]).includes(entry[0]),
      );
      if (known.length === Object.keys(test).length)
        rows.push(
          ...known.map(([operator, operand]) => ({ attribute, operator, operand: operandText(operand) })),
        );
      else nested[attribute] = test as Conditions;
    }
  }
  return { rows, nested };
}

/** Back to the document; undefined when there is no condition at all. */
export function conditionsOf({ rows, nested }: ConditionForm): Conditions | undefined {
  const conditions: Record<string, unknown> = {};
  for (const attribute of new Set(rows.map((row) => row.attribute))) {
    const members = rows.filter((row) => row.attribute === attribute);
    const [only] = members;
    conditions[attribute] =
      members.length === 1 && only?.operator === 'eq'
        ? operandValue(only)
        : Object.fromEntries(members.map((row) => [row.operator, operandValue(row)]));
  }
  const all = { ...conditions, ...nested } as Conditions;
  return Object.keys(all).length === 0 ? undefined : all;
}

/** `500` and `true` are what they look like; in quotes they are text. */
function operandValue({ operator, operand }: ConditionRow): unknown {
  if (operator === 'exists') return operand !== 'false';
  if (LISTS.includes(operator))
    return operand
      .split(',')
      .map((part) => scalarValue(part.trim()))
      .filter((part) => part !== '');
  return scalarValue(operand);
}

function scalarValue(text: string): string | number | boolean {
  if (/^".*"$/s.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,10})?$/.test(text) ? Number(text) : text;
}

function operandText(value: unknown): string {
  if (Array.isArray(value)) return value.map(operandText).join(', ');
  if (typeof value !== 'string') return JSON.stringify(value) ?? '';
  return scalarValue(value) === value ? value : `"${value}"`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
