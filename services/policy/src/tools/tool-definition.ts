import { createHash } from 'node:crypto';

export const DEFINITION_LIMIT = 64 * 1024;
const NAME_LIMIT = 256;
const TITLE_LIMIT = 256;
const DESCRIPTION_LIMIT = 4_096;
/** Annotations beyond MCP's own hints are kept in memory only when they are small. */
const ANNOTATIONS_LIMIT = 1_024;
const CONTROL = /[\u0000-\u001f\u007f]/;
const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

type Definition = Readonly<Record<string, unknown>>;

/** What conditions on `tool.*` see of a definition; bounded, whatever the upstream sent. */
export interface ToolFacts {
  readonly title: string | null;
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** The name, or null for what is not a tool anybody could call: no database takes every control character. */
export function toolName(item: Definition): string | null {
  const { name } = item;
  if (typeof name !== 'string' || name.length === 0 || name.length > NAME_LIMIT) return null;
  return CONTROL.test(name) ? null : name;
}

export function toolFacts(item: Definition): ToolFacts {
  const annotations = asObject(item.annotations);
  const title = typeof item.title === 'string' ? item.title : annotations.title;
  return {
    title: typeof title === 'string' ? title.slice(0, TITLE_LIMIT).replaceAll('\u0000', '') : null,
    annotations: JSON.stringify(annotations).length <= ANNOTATIONS_LIMIT ? annotations : hintsOf(annotations),
  };
}

/** The text to keep of a definition, and what tells one definition from another. */
export function storedDefinition(item: Definition): { definition: string; digest: string } {
  const whole = JSON.stringify(item);
  const digest = createHash('sha256').update(whole).digest('hex');
  if (Buffer.byteLength(whole) <= DEFINITION_LIMIT) return { definition: whole, digest };
  const description =
    typeof item.description === 'string' ? item.description.slice(0, DESCRIPTION_LIMIT) : null;
  const { title, annotations } = toolFacts(item);
  const name = toolName(item);
  return { definition: JSON.stringify({ name, title, description, annotations, truncated: true }), digest };
}

function hintsOf(annotations: Definition): Definition {
  const hints: Record<string, unknown> = {};
  for (const hint of HINTS) if (typeof annotations[hint] === 'boolean') hints[hint] = annotations[hint];
  return hints;
}

function asObject(value: unknown): Definition {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Definition) : {};
}
