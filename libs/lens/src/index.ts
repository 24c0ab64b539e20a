export type {
  Aggregate, AggregateName, Diagnostic, FieldName, Filter, Highlight, HighlightKind, Parsed, Query, SortKey, Span, Stage, Test, Value,
} from './syntax/ast.js';
export { LENS_LIMITS } from './syntax/limits.js';
export { parse } from './syntax/parse.js';
export { aggregateText, fieldText, serialize } from './syntax/serialize.js';
export type { FieldType, LensField } from './registry/field.js';
export { FIELDS } from './registry/fields.js';
export { fieldByName, isDiagnostic, resolveField, type ResolvedField } from './registry/resolve.js';
export { compile } from './compile/compile.js';
export type { Column, ColumnType, Compiled, CompileOptions, CompileResult, RowCursor, Scope } from './compile/compile.js';
export { CURSOR_COLUMNS } from './compile/rows.js';
