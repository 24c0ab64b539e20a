/** What a simulated call comes to, as far as the page shows it. */
export interface Simulation {
  readonly decision: string;
  /** The rule that decided; null for the default. */
  readonly rule: string | null;
  /** Rules in the order they were asked, and what became of each. */
  readonly considered: readonly { readonly rule: string; readonly result: string }[];
}

const RESULTS: Record<string, string> = {
  matched: 'matches',
  target: 'for something else',
  conditions: 'conditions false',
  missing: 'attribute missing',
  undecidable: 'cannot be told',
};

/** Reads the answer of the simulation, whose description leaves its form open. */
export function simulationOf(answer: unknown): Simulation {
  const { decision, rule, considered } = (answer ?? {}) as {
    decision?: unknown;
    rule?: unknown;
    considered?: unknown;
  };
  const steps = Array.isArray(considered) ? (considered as { rule?: unknown; result?: unknown }[]) : [];
  return {
    decision: typeof decision === 'string' ? decision : 'none',
    rule: typeof rule === 'string' ? rule : null,
    considered: steps.map((step) => ({
      rule: String(step.rule ?? ''),
      result: RESULTS[String(step.result)] ?? String(step.result),
    })),
  };
}
