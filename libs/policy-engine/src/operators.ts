import type { ConditionOperator, Scalar } from '@portcullis/contracts';
import type { Facts } from './facts.js';
import type { Glob } from './glob.js';
import type { IpAddress, IpRanges } from './ip-range.js';
import type { Regex } from './regex.js';
import { FALSE, MISSING, TRUE, UNDECIDABLE, type Truth } from './truth.js';

/** What a value that is there makes of a test. */
export type TruthOfValue = (value: unknown, facts: Facts) => Truth;

/** Compiled operands; which of them are set depends on the operator and the attribute's type. */
export interface Operands {
  scalar: Scalar;
  set?: ReadonlySet<unknown>;
  ranges?: IpRanges;
  glob?: Glob;
  regex?: Regex;
}

const truth = (holds: boolean): Truth => (holds ? TRUE : FALSE);

/** What a test says when there is no value. */
export function truthWhenMissing(operator: ConditionOperator, { scalar }: Operands): Truth {
  return operator === 'exists' ? truth(scalar === false) : MISSING;
}

/** The operator as a function of its own: a switch over names on every test costs more than the test. */
export function truthWhenPresent(
  operator: ConditionOperator,
  operands: Operands,
  slot: number,
): TruthOfValue {
  const { scalar, ranges, set } = operands;
  const number = scalar as number;
  const text = scalar as string;
  switch (operator) {
    case 'exists':
      return () => truth(scalar === true);
    case 'eq':
      return ranges
        ? (value) => truth(ranges.contains(value as IpAddress))
        : (value) => truth(value === scalar);
    case 'neq':
      return ranges
        ? (value) => truth(!ranges.contains(value as IpAddress))
        : (value) => truth(value !== scalar);
    case 'in':
      return ranges
        ? (value) => truth(ranges.contains(value as IpAddress))
        : (value) => truth(set!.has(value));
    case 'not_in':
      return ranges
        ? (value) => truth(!ranges.contains(value as IpAddress))
        : (value) => truth(!set!.has(value));
    case 'gt':
      return (value) => (typeof value === 'number' ? truth(value > number) : MISSING);
    case 'gte':
      return (value) => (typeof value === 'number' ? truth(value >= number) : MISSING);
    case 'lt':
      return (value) => (typeof value === 'number' ? truth(value < number) : MISSING);
    case 'lte':
      return (value) => (typeof value === 'number' ? truth(value <= number) : MISSING);
    case 'starts_with':
      return (value) => (typeof value === 'string' ? truth(value.startsWith(text)) : MISSING);
    case 'ends_with':
      return (value) => (typeof value === 'string' ? truth(value.endsWith(text)) : MISSING);
    case 'contains':
      return (value, facts) => {
        if (Array.isArray(value)) return truth(facts.holds(slot, value, scalar));
        if (typeof value !== 'string' || typeof scalar !== 'string') return MISSING;
        return facts.spend(value.length) ? truth(value.includes(scalar)) : UNDECIDABLE;
      };
    case 'glob':
      return patternTest(operands.glob!, true);
    case 'not_glob':
      return patternTest(operands.glob!, false);
    case 'matches':
      return patternTest(operands.regex!, true);
  }
}

function patternTest(pattern: Glob | Regex, wanted: boolean): TruthOfValue {
  return (value, facts) => {
    if (typeof value !== 'string') return MISSING;
    return facts.spend(value.length * pattern.stepsPerCharacter)
      ? truth(pattern.test(value) === wanted)
      : UNDECIDABLE;
  };
}
