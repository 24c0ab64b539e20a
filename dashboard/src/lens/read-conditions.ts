export interface ShownCondition {
  readonly attribute: string;
  readonly operator: string;
  readonly expected: string;
  readonly actual: string;
}

/** The conditions of a row, whatever was stored: what does not look like one is left out. */
export function readConditions(value: unknown): readonly ShownCondition[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return [];
    const { attribute, operator, expected, actual } = item as Record<string, unknown>;
    if (typeof attribute !== 'string' || typeof operator !== 'string') return [];
    return [
      {
        attribute,
        operator,
        expected: written(expected),
        actual: actual === undefined ? 'absent' : written(actual),
      },
    ];
  });
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
