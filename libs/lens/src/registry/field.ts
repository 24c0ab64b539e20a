import type { AuditEventColumn } from '@portcullis/contracts';

/**
 * - `keyword`: compared as a whole, case-sensitive; `enum`: one of a few values; `number`; `ip`: also by CIDR range;
 *   `time`: only for columns and grouping, the range is set beside the query; `uuid`; `text`: long JSON text, found by words.
 * - `map`: a field for each key (`metadata.team`); `json`: a field for each path (`args.path`).
 */
export type FieldType = 'keyword' | 'enum' | 'number' | 'ip' | 'time' | 'uuid' | 'map' | 'json';

/** One field of Lens. Completion, documentation, OpenAPI and the SQL compiler derive from it. */
export interface LensField {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: FieldType;
  readonly column: AuditEventColumn;
  readonly doc: string;
  readonly unit?: 'ms' | 'bytes';
  /** For `enum`: every value. */
  readonly values?: readonly string[];
  /** Worth a facet: few enough values that counts say something. */
  readonly facet?: boolean;
  /** Holds payload: reading it is recorded, and lists do not fetch it unless asked. */
  readonly sensitive?: boolean;
}
