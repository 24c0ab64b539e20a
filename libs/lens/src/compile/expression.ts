import type { ResolvedField } from '../registry/resolve.js';
import type { Parameters } from './parameters.js';

/** SQL of a field: `text` for comparisons as text, `number` for arithmetic, `present` for has:. */
export interface FieldExpression {
  readonly text: string;
  readonly number: string;
  readonly present: string;
}

/** Column names come from the registry alone; paths and keys are bound. */
export function fieldExpression({ field, path }: ResolvedField, parameters: Parameters): FieldExpression {
  const column = `\`${field.column}\``;
  if (field.type === 'map' && path.length > 0) {
    const key = parameters.add('String', path.join('.'));
    return {
      text: `${column}[${key}]`,
      number: `toFloat64OrNull(${column}[${key}])`,
      present: `mapContains(${column}, ${key})`,
    };
  }
  if (field.type === 'json' && path.length > 0) {
    const keys = path
      .map((part) =>
        /^\d{1,6}$/.test(part) ? parameters.add('Int64', Number(part) + 1) : parameters.add('String', part),
      )
      .join(', ');
    // A string as it is; anything else as its JSON text, so that args.dry_run:true and args.amount:5 match.
    const raw = `JSONExtractRaw(${column}, ${keys})`;
    return {
      text: `if(startsWith(${raw}, '"'), JSONExtractString(${column}, ${keys}), ${raw})`,
      number: `toFloat64OrNull(${raw})`,
      present: `JSONHas(${column}, ${keys})`,
    };
  }
  switch (field.type) {
    case 'number':
      return { text: `toString(${column})`, number: column, present: `${column} != 0` };
    case 'map':
      return { text: `toString(${column})`, number: 'NULL', present: `notEmpty(${column})` };
    case 'uuid':
    case 'time':
      return { text: `toString(${column})`, number: 'NULL', present: '1' };
    default:
      return { text: column, number: `toFloat64OrNull(toString(${column}))`, present: `notEmpty(${column})` };
  }
}
