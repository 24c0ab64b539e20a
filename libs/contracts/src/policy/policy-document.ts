import { z } from 'zod';

/**
 * The policy document (contract section 3): what an administrator writes as YAML or JSON.
 * A document may use everything below; what this build cannot enforce is refused on save with a code.
 */
export const CONDITION_OPERATORS = [
  'eq',
  'neq',
  'in',
  'not_in',
  'glob',
  'not_glob',
  'gt',
  'gte',
  'lt',
  'lte',
  'exists',
  'contains',
  'starts_with',
  'ends_with',
  'matches',
] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

const scalar = z.union([z.string().max(4096), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalar>;

const operand = z.union([scalar, z.array(scalar).min(1).max(1000)]);

/** `{ gt: 5, lt: 9 }`: all operators must hold. */
export const operatorTestSchema = z
  .partialRecord(z.enum(CONDITION_OPERATORS), operand)
  .refine((test) => Object.keys(test).length > 0, 'at least one operator');

/**
 * Dotted attribute to a value (equality) or operators, all ANDed. `any` holds a list of which one must hold,
 * `not` one that must not. A missing attribute never matches, save for `exists: false`.
 */
export interface Conditions {
  [attribute: string]:
    Scalar | Partial<Record<ConditionOperator, Scalar | Scalar[]>> | Conditions | Conditions[];
}
export const conditionsSchema: z.ZodType<Conditions> = z.lazy(() =>
  z.record(
    z.string().min(1).max(256),
    z.union([scalar, z.array(conditionsSchema).min(1).max(100), z.record(z.string(), z.unknown())]),
  ),
) as unknown as z.ZodType<Conditions>;

export const RULE_ACTIONS = ['allow', 'deny', 'alert', 'hold', 'redact'] as const;
export type RuleAction = (typeof RULE_ACTIONS)[number];

const glob = z.string().min(1).max(512);
export const ruleTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mcp_tool'), tool: glob }),
  z.strictObject({ kind: z.literal('mcp_resource'), uri: glob }),
  z.strictObject({ kind: z.literal('mcp_prompt'), prompt: glob }),
  z.strictObject({ kind: z.literal('mcp_method'), method: glob }),
]);
export type RuleTarget = z.infer<typeof ruleTargetSchema>;

/** `500ms`, `30s`, `5m`, `2h`, `1d`. */
export const durationSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,6}(ms|s|m|h|d)$/, 'a duration such as 30s, 5m or 2h');

/** Keys of a limit's counter; `arguments.x` counts for each value of an argument. */
export const limitKeySchema = z.union([
  z.enum(['user', 'key', 'session', 'connection', 'tool', 'organization']),
  z
    .string()
    .regex(/^arguments\.[^.]+(\.[^.]+)*$/)
    .max(256),
]);

export const limitSchema = z.strictObject({
  calls: z.number().int().min(1).max(10_000_000),
  per: durationSchema,
  key: z.array(limitKeySchema).min(1).max(4).default(['key']),
});
export type RuleLimit = z.infer<typeof limitSchema>;

export const AUDIT_CLASSES = ['strict', 'buffered', 'best-effort'] as const;
export type AuditClass = (typeof AUDIT_CLASSES)[number];

/** How grave the alert of a rule is. */
export const RULE_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

export const ruleSchema = z.strictObject({
  name: z.string().min(1).max(200),
  target: ruleTargetSchema,
  conditions: conditionsSchema.optional(),
  action: z.enum(RULE_ACTIONS),
  /** Shown to the caller and the model when the rule refuses. */
  message: z.string().max(1000).optional(),
  limit: limitSchema.optional(),
  audit: z.enum(AUDIT_CLASSES).optional(),
  /** Longest time a call allowed by this rule may take; default 10m. */
  timeout: durationSchema.optional(),
  approvers: z
    .strictObject({
      role: z.enum(['owner', 'admin', 'developer', 'ciso', 'auditor']),
      count: z.number().int().min(1).max(5).default(1),
      not: z.literal('requester').optional(),
    })
    .optional(),
  expires: durationSchema.optional(),
  redact: z
    .strictObject({
      arguments: z.array(z.string().max(512)).max(100).optional(),
      result: z.array(z.string().max(512)).max(100).optional(),
    })
    .optional(),
  /** Severity of the alert that `action: alert` raises. */
  severity: z.enum(RULE_SEVERITIES).optional(),
});
export type Rule = z.infer<typeof ruleSchema>;

export const policyDocumentSchema = z.strictObject({
  version: z.literal(1).default(1),
  name: z.string().min(1).max(200),
  description: z.string().max(2000).optional(),
  engine: z.enum(['native', 'rego', 'cedar']).default('native'),
  /** IANA zone for `time.*` attributes; default UTC. */
  timeZone: z.string().max(64).optional(),
  rules: z.array(ruleSchema).max(5000),
});
export type PolicyDocument = z.infer<typeof policyDocumentSchema>;
