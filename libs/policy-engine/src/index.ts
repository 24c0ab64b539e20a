export { checkPolicy, type PolicyCheck } from './check-policy.js';
export {
  POLICY_ERROR_CODES,
  POLICY_WARNING_CODES,
  type PolicyErrorCode,
  type PolicyProblem,
  type PolicyWarningCode,
} from './problems.js';
export { POLICY_BOUNDS } from './policy-bounds.js';
export {
  compile,
  compilation,
  CompiledPolicies,
  PolicyNotCompilable,
  type CompileOptions,
  type PolicySource,
} from './compile.js';
export { evaluate, needsArguments, type Evaluation, type LimitDemand } from './evaluate.js';
export { explain, type ConditionResult, type Explanation, type RuleExplanation } from './explain.js';
export type { PolicyRequest } from './policy-request.js';
export type { PolicyRef, Severity } from './compiled-rule.js';
export type { Message } from './rule-index.js';
export { ATTRIBUTES, type AttributeType } from './attribute.js';
export { ALWAYS_ALLOWED_METHODS, ALWAYS_ALLOWED_PREFIX, isAlwaysAllowed } from './always-allowed.js';
export { compileGlob, type Glob } from './glob.js';
export { GlobSyntaxError } from './glob-parser.js';
export { parseDuration } from './duration.js';
export type { RateLimiter } from './rate-limiter.js';
export { InProcessRateLimiter } from './in-process-rate-limiter.js';
export { SlidingWindow, type Limit, type Take } from './sliding-window.js';
