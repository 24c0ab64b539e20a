/** What a policy document may ask for at most. Past a bound a document is refused on save, never cut. */
export const POLICY_BOUNDS = {
  /** Characters of all keys and strings together. */
  documentCharacters: 2_000_000,
  documentNodes: 200_000,
  documentDepth: 24,
  /** `any` and `not` inside each other. */
  conditionDepth: 8,
  conditionsPerRule: 100,
  conditionsPerDocument: 20_000,
  listOperand: 1_000,
  operandCharacters: 4_096,
  attributeCharacters: 256,
  attributeSegments: 16,
  globCharacters: 512,
  /** Patterns a glob's braces may expand to, and what they may hold together. */
  globAlternatives: 256,
  globTokens: 4_096,
  globNesting: 4,
  regexCharacters: 1_000,
  /** Instructions of the compiled program: the factor in a match's worst case. */
  regexInstructions: 500,
  regexesPerDocument: 500,
  timeoutMs: 24 * 60 * 60_000,
  limitPerMs: 31 * 24 * 60 * 60_000,
  /** Problems reported for one document; the rest is left out. */
  problems: 100,
} as const;

/**
 * Work one evaluation may spend on patterns, in steps of at most some 20 ns: characters times instructions of a
 * regular expression, characters times words of a glob. A condition past it cannot be decided, and the request is
 * refused with `arguments.too_large` instead of occupying the evaluator.
 */
export const PATTERN_STEPS = 10_000_000;

/** Longest value shown of a matched condition. */
export const SHOWN_CHARACTERS = 256;
/** Most conditions shown of one rule. */
export const SHOWN_CONDITIONS = 32;

export const DEFAULT_MAX_DURATION_MS = 600_000;
