import { POLICY_BOUNDS } from './policy-bounds.js';

/** Codes are stable: clients and documents rely on them. */
export const POLICY_ERROR_CODES = [
  'policy.malformed',
  'policy.too_large',
  'policy.too_deep',
  'policy.bad_key',
  'policy.unknown_field',
  'policy.missing_field',
  'policy.invalid_value',
  'policy.not_supported',
  'policy.bad_glob',
  'policy.bad_regex',
  'policy.bad_cidr',
  'policy.bad_time_zone',
  'policy.bad_duration',
  'policy.unknown_attribute',
  'policy.unknown_operator',
  'policy.bad_operator',
  'policy.bad_operand',
  'policy.too_many_conditions',
] as const;
export type PolicyErrorCode = (typeof POLICY_ERROR_CODES)[number];

export const POLICY_WARNING_CODES = [
  'policy.asserted_attribute',
  'policy.asserted_limit_key',
  'policy.unreachable_rule',
  'policy.no_effect',
  'policy.duplicate_rule_name',
  'policy.method_covers_targets',
] as const;
export type PolicyWarningCode = (typeof POLICY_WARNING_CODES)[number];

export interface PolicyProblem<Code extends string = string> {
  code: Code;
  /** RFC 6901, into the document. */
  pointer: string;
  message: string;
}

export type PolicyPath = readonly (string | number)[];

/** Collects what is wrong with one document, bounded. */
export class Problems {
  readonly errors: PolicyProblem<PolicyErrorCode>[] = [];
  readonly warnings: PolicyProblem<PolicyWarningCode>[] = [];

  error(code: PolicyErrorCode, path: PolicyPath, message: string): void {
    if (this.errors.length < POLICY_BOUNDS.problems)
      this.errors.push({ code, pointer: pointerOf(path), message });
  }

  warn(code: PolicyWarningCode, path: PolicyPath, message: string): void {
    if (this.warnings.length < POLICY_BOUNDS.problems)
      this.warnings.push({ code, pointer: pointerOf(path), message });
  }
}

function pointerOf(path: PolicyPath): string {
  return path
    .map((part) => `/${String(part).slice(0, 256).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
