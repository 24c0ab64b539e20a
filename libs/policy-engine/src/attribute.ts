import { parseIp } from './ip-range.js';
import { POLICY_BOUNDS } from './policy-bounds.js';
import type { PolicyRequest } from './policy-request.js';
import { WEEKDAYS, type ZoneClock } from './zone-clock.js';

/** `any` is what a caller or a token may fill with any JSON value. */
export type AttributeType = 'string' | 'number' | 'boolean' | 'list' | 'ip' | 'any';

/** Stands for a value that exists and was not handed over. */
export const UNAVAILABLE = Symbol('unavailable');

export interface Attribute {
  path: string;
  type: AttributeType;
  /** All values it can have, when they are few. */
  values?: readonly string[];
  /** The caller says so; nobody has verified it. */
  asserted: boolean;
  inArguments: boolean;
  read(request: PolicyRequest): unknown;
}

interface KnownAttribute {
  type: AttributeType;
  values?: readonly string[];
  read(request: PolicyRequest, clock: ZoneClock): unknown;
}

const ofTool = (request: PolicyRequest, value: unknown) => (request.kind === 'tool' ? value : undefined);

/** MCP's defaults: an upstream that says nothing is taken to be dangerous. A hint that is not a boolean says nothing. */
const hint = (name: string, whenAbsent: boolean): KnownAttribute => ({
  type: 'boolean',
  read: (request) => {
    const said = ownProperty(request.tool?.annotations, name);
    return ofTool(request, typeof said === 'boolean' ? said : whenAbsent);
  },
});

const KNOWN: Readonly<Record<string, KnownAttribute>> = {
  user: { type: 'string', read: (request) => request.user },
  agent: { type: 'string', read: (request) => request.key?.agent },
  'tool.name': { type: 'string', read: (request) => ofTool(request, request.name) },
  'tool.title': { type: 'string', read: (request) => ofTool(request, request.tool?.title) },
  'tool.pin': { type: 'string', read: (request) => ofTool(request, request.tool?.pin) },
  'tool.tags': { type: 'list', read: (request) => ofTool(request, request.tool?.tags) },
  'tool.annotations.readOnlyHint': hint('readOnlyHint', false),
  'tool.annotations.destructiveHint': hint('destructiveHint', true),
  'tool.annotations.idempotentHint': hint('idempotentHint', false),
  'tool.annotations.openWorldHint': hint('openWorldHint', true),
  'connection.id': { type: 'string', read: (request) => request.connection.id },
  'connection.slug': { type: 'string', read: (request) => request.connection.slug },
  'connection.name': { type: 'string', read: (request) => request.connection.name },
  'session.id': { type: 'string', read: (request) => request.session?.id },
  'session.age': { type: 'number', read: (request) => request.session?.ageSeconds },
  'session.calls': { type: 'number', read: (request) => request.session?.calls },
  'session.labels': { type: 'list', read: (request) => request.session?.labels },
  'key.id': { type: 'string', read: (request) => request.key?.id },
  'key.label': { type: 'string', read: (request) => request.key?.label },
  'key.owner': { type: 'string', read: (request) => request.key?.owner },
  'key.scopes': { type: 'list', read: (request) => request.key?.scopes },
  'client.name': { type: 'string', read: (request) => request.client?.name },
  'client.version': { type: 'string', read: (request) => request.client?.version },
  'source.ip': { type: 'ip', read: (request) => (request.sourceIp ? parseIp(request.sourceIp) : undefined) },
  'time.hour': { type: 'number', read: (request, clock) => clock.at(request.now)?.hour },
  'time.minute': { type: 'number', read: (request, clock) => clock.at(request.now)?.minute },
  'time.weekday': {
    type: 'string',
    values: WEEKDAYS,
    read: (request, clock) => clock.at(request.now)?.weekday,
  },
};

/** Attributes as documents may name them; `*` stands for a name or a dotted path. */
export const ATTRIBUTES: readonly { name: string; type: AttributeType; values?: readonly string[] }[] = [
  ...Object.entries(KNOWN).map(([name, { type, values }]) => ({ name, type, ...(values ? { values } : {}) })),
  ...['metadata.*', 'arguments.*', 'token.*', 'tool.annotations.*'].map((name) => ({
    name,
    type: 'any' as const,
  })),
];

/** The attribute a document names, or why there is none. */
export function attributeNamed(path: string, clock: ZoneClock): Attribute | { problem: string } {
  if (path.length > POLICY_BOUNDS.attributeCharacters)
    return { problem: 'the name of the attribute is too long' };
  if (Object.hasOwn(KNOWN, path)) {
    const known = KNOWN[path]!;
    return {
      path,
      type: known.type,
      ...(known.values ? { values: known.values } : {}),
      asserted: path === 'user',
      inArguments: false,
      read: (request) => known.read(request, clock),
    };
  }
  const segments = path.split('.');
  if (segments.includes('')) return { problem: `"${path}" has an empty part` };
  if (segments.length > POLICY_BOUNDS.attributeSegments) return { problem: `"${path}" has too many parts` };
  const open = { path, type: 'any' as const, asserted: false, inArguments: false };
  const [root, ...rest] = segments as [string, ...string[]];
  if (rest.length > 0) {
    switch (root) {
      case 'metadata': {
        // Metadata is flat: a dot belongs to the key.
        const key = path.slice('metadata.'.length);
        return { ...open, asserted: true, read: (request) => ownProperty(request.metadata, key) };
      }
      case 'arguments':
        return {
          ...open,
          inArguments: true,
          read: (request) => (request.argumentsOmitted ? UNAVAILABLE : valueAt(request.arguments, rest)),
        };
      case 'token':
        return { ...open, read: (request) => valueAt(request.token, rest) };
      case 'tool':
        if (rest[0] === 'annotations' && rest.length > 1) {
          const within = rest.slice(1);
          return { ...open, read: (request) => ofTool(request, valueAt(request.tool?.annotations, within)) };
        }
    }
  }
  return { problem: `there is no attribute "${path}"` };
}

/** Own properties and array elements only: nothing a prototype has can be reached. */
function valueAt(root: unknown, segments: readonly string[]): unknown {
  let value = root;
  for (const segment of segments) {
    if (Array.isArray(value)) {
      if (!/^(0|[1-9][0-9]{0,8})$/.test(segment)) return undefined;
      value = value[Number(segment)] as unknown;
    } else {
      value = ownProperty(value, segment);
    }
    if (value === undefined || value === null) return undefined;
  }
  return value;
}

function ownProperty(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
