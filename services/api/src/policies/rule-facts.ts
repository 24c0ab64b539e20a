import type { Conditions, Rule } from '@portcullis/contracts';

/** What a rule looks at, and what of it the audit history cannot say. */
export interface RuleFacts {
  readonly usesArguments: boolean;
  readonly usesMetadata: boolean;
  /** Metadata is stored as text: entries the rule compares with numbers or booleans alone are read as such. */
  readonly metadataTypes: ReadonlyMap<string, 'number' | 'boolean'>;
  /** Attributes (and `limit`) whose value at the time of a call is not known; sorted. */
  readonly unknowable: readonly string[];
}

/** Attributes no row holds. `connection.name` is what it is called now, where one connection is asked about. */
const UNKNOWN_ROOTS = ['token.', 'tool.annotations.'];
const UNKNOWN = new Set([
  'tool.title',
  'tool.pin',
  'tool.tags',
  'session.age',
  'session.calls',
  'session.labels',
  'key.owner',
  'key.scopes',
]);

/** `rule` has been checked. */
export function factsOf(rule: Rule, connectionKnown: boolean): RuleFacts {
  const operands = new Map<string, Set<string>>();
  collect(rule.conditions ?? {}, operands);
  const named = [...operands.keys()];
  const metadataTypes = new Map<string, 'number' | 'boolean'>();
  const unknowable = named.filter(
    (name) =>
      UNKNOWN.has(name) ||
      UNKNOWN_ROOTS.some((root) => name.startsWith(root)) ||
      (name === 'connection.name' && !connectionKnown),
  );
  for (const [name, types] of operands) {
    if (!name.startsWith('metadata.')) continue;
    const [type, another] = [...types];
    if (another !== undefined) unknowable.push(name);
    else if (type === 'number' || type === 'boolean') metadataTypes.set(name.slice('metadata.'.length), type);
  }
  if (rule.limit) unknowable.push('limit');
  return {
    usesArguments: named.some((name) => name.startsWith('arguments.')),
    usesMetadata: named.some((name) => name.startsWith('metadata.')),
    metadataTypes,
    unknowable: unknowable.sort(),
  };
}

/** Every attribute with the types of what it is compared with; what `exists` takes says nothing of the value. */
function collect(conditions: Conditions, into: Map<string, Set<string>>): void {
  for (const [name, test] of Object.entries(conditions)) {
    if (name === 'any') for (const part of test as Conditions[]) collect(part, into);
    else if (name === 'not') collect(test as Conditions, into);
    else {
      const types = into.get(name) ?? new Set<string>();
      into.set(name, types);
      const tests = typeof test === 'object' ? Object.entries(test) : [['eq', test] as const];
      for (const [operator, operand] of tests) {
        if (operator === 'exists') continue;
        for (const value of Array.isArray(operand) ? (operand as unknown[]) : [operand])
          types.add(typeof value);
      }
    }
  }
}
