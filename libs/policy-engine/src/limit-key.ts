import { UNAVAILABLE } from './attribute.js';
import type { CompiledRule, LimitKeyPart } from './compiled-rule.js';
import type { Facts } from './facts.js';

const LONGEST_PART = 256;

/**
 * The counter a request counts against, or null when that hangs on arguments that were not handed over. One counter
 * for each combination of values. Absent values share one; so do lists and objects, and texts over 256 characters:
 * a caller gains no counter by making a value exotic.
 */
export function limitKeyOf(rule: CompiledRule, parts: readonly LimitKeyPart[], facts: Facts): string | null {
  const values: unknown[] = [rule.policy.id, rule.name, rule.nameOccurrence];
  for (const part of parts) {
    const value = 'argument' in part ? facts.value(part.argument.index) : fixedPart(part.fixed, facts);
    if (value === UNAVAILABLE) return null;
    values.push(canonical(value));
  }
  return JSON.stringify(values);
}

function fixedPart(part: Extract<LimitKeyPart, { fixed: unknown }>['fixed'], { request }: Facts): unknown {
  switch (part) {
    case 'user':
      return request.user;
    case 'key':
      return request.key?.id;
    case 'session':
      return request.session?.id;
    case 'connection':
      return request.connection.id;
    case 'tool':
      return request.name;
    case 'organization':
      return request.organizationId;
  }
}

function canonical(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length > LONGEST_PART ? { long: true } : value;
  return {};
}
