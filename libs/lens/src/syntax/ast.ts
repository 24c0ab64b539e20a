/** Where something stands in the query text: UTF-16 offsets, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * A value as written. `wildcard` marks an unquoted `*` at the ends: `prefix` for `delete_*`, `suffix` for `*_rows`,
 * `substring` for `*etc*`, `any` for `*`. `regex` is RE2 syntax, matched anywhere in the value.
 */
export interface Value extends Span {
  readonly text: string;
  readonly quoted: boolean;
  readonly match: 'exact' | 'prefix' | 'suffix' | 'substring' | 'any' | 'regex';
}

export type Test =
  | { readonly kind: 'value'; readonly value: Value }
  /** `field:=value`: exact, `*` means itself. */
  | { readonly kind: 'equals'; readonly value: Value }
  | { readonly kind: 'compare'; readonly operator: '>' | '>=' | '<' | '<='; readonly value: Value }
  /** Both ends included. */
  | { readonly kind: 'range'; readonly low: Value; readonly high: Value }
  | { readonly kind: 'list'; readonly join: 'OR' | 'AND'; readonly values: readonly Value[] };

/** `args.path` is `['args', 'path']`. */
export interface FieldName extends Span {
  readonly path: readonly string[];
}

export type Filter =
  | (Span & { readonly kind: 'and' | 'or'; readonly items: readonly Filter[] })
  | (Span & { readonly kind: 'not'; readonly item: Filter })
  | (Span & { readonly kind: 'term'; readonly field: FieldName; readonly test: Test })
  | (Span & { readonly kind: 'has'; readonly field: FieldName })
  /** A word (`phrase: false`: every word of it must occur) or a quoted phrase. */
  | (Span & { readonly kind: 'text'; readonly value: Value });

export const AGGREGATES = ['count', 'uniq', 'sum', 'avg', 'min', 'max', 'p50', 'p95', 'p99', 'rate'] as const;
export type AggregateName = (typeof AGGREGATES)[number];

export interface Aggregate extends Span {
  readonly name: AggregateName;
  readonly field: FieldName | null;
}

export type Stage =
  | (Span & {
      readonly kind: 'stats';
      readonly aggregates: readonly Aggregate[];
      readonly by: readonly FieldName[];
    })
  | (Span & {
      readonly kind: 'timeseries';
      readonly aggregates: readonly Aggregate[];
      readonly by: FieldName | null;
      /** Seconds; null lets the compiler choose by the range. */
      readonly everySeconds: number | null;
    })
  | (Span & { readonly kind: 'top'; readonly count: number; readonly field: FieldName })
  | (Span & { readonly kind: 'sort'; readonly key: SortKey; readonly descending: boolean })
  | (Span & { readonly kind: 'limit'; readonly count: number })
  | (Span & { readonly kind: 'fields'; readonly fields: readonly FieldName[] });

/** A field, or an aggregate of an earlier stage by the name it was written with, such as `count()`. */
export type SortKey =
  | { readonly kind: 'field'; readonly field: FieldName }
  | { readonly kind: 'aggregate'; readonly aggregate: Aggregate };

export interface Query {
  readonly filter: Filter | null;
  readonly stages: readonly Stage[];
}

/** Something wrong or doubtful at a place. Only errors keep a query from running. */
export interface Diagnostic extends Span {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  /** Text that would be right there. */
  readonly suggestion?: string;
}

export type HighlightKind =
  'field' | 'operator' | 'value' | 'string' | 'keyword' | 'function' | 'number' | 'text';
export interface Highlight extends Span {
  readonly kind: HighlightKind;
}

export interface Parsed {
  readonly query: Query;
  readonly diagnostics: readonly Diagnostic[];
  readonly highlights: readonly Highlight[];
}
