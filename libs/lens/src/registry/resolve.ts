import type { Diagnostic, FieldName } from '../syntax/ast.js';
import { nearest } from '../syntax/nearest.js';
import { fieldText } from '../syntax/serialize.js';
import type { LensField } from './field.js';
import { FIELDS } from './fields.js';

/** A field as a query names it: with the key or path of a map or JSON field. */
export interface ResolvedField {
  readonly field: LensField;
  readonly path: readonly string[];
  /** As the query wrote it: the name of its column in answers. */
  readonly label: string;
}

const BY_NAME = new Map<string, LensField>(
  FIELDS.flatMap((field) => [field.name, ...(field.aliases ?? [])].map((name) => [name, field] as const)),
);
const NAMES = [...BY_NAME.keys()];

export function fieldByName(name: string): LensField | undefined {
  return BY_NAME.get(name);
}

/** The registry's field for a name in a query, or what is wrong with it. */
export function resolveField(name: FieldName): ResolvedField | Diagnostic {
  const [head = '', ...path] = name.path;
  const field = BY_NAME.get(head);
  if (field === undefined) {
    const suggestion = nearest(head, NAMES);
    return problem(
      name,
      'lens.unknown_field',
      `There is no field ${head}. To search for this text, put it in quotes.`,
      suggestion,
    );
  }
  if (path.length > 0 && field.type !== 'map' && field.type !== 'json') {
    return problem(name, 'lens.no_path', `${head} has no parts.`, head);
  }
  if (path.length > 16) return problem(name, 'lens.path_too_deep', 'A path may have 16 parts.');
  return {
    field,
    path,
    label: path.length === 0 ? field.name : fieldText({ ...name, path: [field.name, ...path] }),
  };
}

export function isDiagnostic(value: ResolvedField | Diagnostic): value is Diagnostic {
  return 'severity' in value;
}

function problem(name: FieldName, code: string, message: string, suggestion?: string): Diagnostic {
  return {
    severity: 'error',
    code,
    message,
    from: name.from,
    to: name.to,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
