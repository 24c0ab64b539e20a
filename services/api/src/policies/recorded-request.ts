import type { PolicyRequest } from '@portcullis/policy-engine';
import type { RuleFacts } from './rule-facts.js';

/** Lens fields a recorded call is read with; `args` and `metadata` only where the rule looks at them. */
export function recordedFields({ usesArguments, usesMetadata }: RuleFacts): readonly string[] {
  return [
    'time',
    'id',
    'method',
    'tool',
    'resource',
    'prompt',
    'decision',
    'connection',
    'connection_id',
    'user',
    'agent',
    'key',
    'key_id',
    'client',
    'session',
    'source_ip',
    ...(usesArguments ? ['args'] : []),
    ...(usesMetadata ? ['metadata'] : []),
  ];
}

/** A row of the audit history as the question it once was. What the row does not hold is left out. */
export function recordedRequest(
  row: Readonly<Record<string, unknown>>,
  tenantId: string,
  connectionName: string | null,
  facts: RuleFacts,
): PolicyRequest {
  const text = (name: string) => (typeof row[name] === 'string' && row[name] !== '' ? row[name] : null);
  const [kind, name] = targetOf(text);
  // Arguments that were cut when they were recorded are text: the rule cannot be tested on them.
  const cut = typeof row['args'] === 'string';
  return {
    organizationId: tenantId,
    connection: { id: text('connection_id') ?? '', slug: text('connection'), name: connectionName },
    kind,
    method: text('method') ?? '',
    name,
    now: Date.parse(String(row['time'])),
    user: text('user'),
    metadata: metadataOf(row['metadata'], facts),
    arguments: cut ? undefined : (row['args'] ?? undefined),
    argumentsOmitted: cut,
    key: { id: text('key_id'), label: text('key'), agent: text('agent') },
    session: { id: text('session') },
    client: clientOf(text('client')),
    sourceIp: text('source_ip'),
  };
}

function targetOf(text: (name: string) => string | null): [PolicyRequest['kind'], string] {
  for (const kind of ['tool', 'resource', 'prompt'] as const) {
    const name = text(kind);
    if (name !== null) return [kind, name];
  }
  return ['method', ''];
}

function metadataOf(stored: unknown, { metadataTypes }: RuleFacts): Record<string, unknown> | null {
  if (typeof stored !== 'object' || stored === null) return null;
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name, typed(String(value), metadataTypes.get(name))]),
  );
}

function typed(text: string, type: 'number' | 'boolean' | undefined): unknown {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}

/** `name/version`; names may hold slashes, versions do not. */
function clientOf(client: string | null): PolicyRequest['client'] {
  if (client === null) return null;
  const at = client.lastIndexOf('/');
  return at < 0 ? { name: client } : { name: client.slice(0, at), version: client.slice(at + 1) };
}
