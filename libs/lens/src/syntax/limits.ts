/** Bounds of a query (audit-lens research 2.4): what a person types never comes near. */
export const LENS_LIMITS = {
  characters: 4096,
  depth: 32,
  terms: 256,
  stages: 4,
  /** Rows one page may ask for. */
  rows: 10_000,
  groups: 8,
  aggregates: 16,
  fields: 64,
} as const;
