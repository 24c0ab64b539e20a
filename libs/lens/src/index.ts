export type {
  Aggregate,
  AggregateName,
  Diagnostic,
  FieldName,
  Filter,
  Highlight,
  HighlightKind,
  Parsed,
  Query,
  SortKey,
  Span,
  Stage,
  Test,
  Value,
} from './syntax/ast.js';
export { LENS_LIMITS } from './syntax/limits.js';
export { parse, parseField } from './syntax/parse.js';
export { aggregateText, fieldText, serialize } from './syntax/serialize.js';
export type { FieldType, LensField } from './registry/field.js';
export { FIELDS } from './registry/fields.js';
export { fieldByName, isDiagnostic, resolveField, type ResolvedField } from './registry/resolve.js';
export { compile } from './compile/compile.js';
export type {
  Column,
  ColumnType,
  Compiled,
  CompileOptions,
  CompileResult,
  RowCursor,
  Scope,
} from './compile/compile.js';
export { compileFacets, FACET_COLUMNS, facetIndex, MOST_FACETS } from './compile/facets.js';
export { compileHistogram, histogramStep } from './compile/histogram.js';
export { CURSOR_COLUMNS } from './compile/rows.js';
export { completionContext, type CompletionContext } from './editor/completion-context.js';
export { completions, type Completion } from './editor/completions.js';
export { diagnose, type Diagnosed } from './editor/diagnose.js';
export { quickFix, type QuickFix } from './editor/quick-fix.js';
export { addCondition, selectionsOf, selectValue, type Selection } from './editor/select-value.js';
export { excludedText, isFilterable, partText, quoted, termText } from './editor/term-text.js';
export { compileMatcher, MATCH_LIMITS, type Matcher, type MatcherResult } from './match/compile-matcher.js';
export { RowUnderTest, type LensRow } from './match/lens-row.js';
