import type { CallCompleted, CallRefused } from '@portcullis/contracts';
import type { LensRow } from '@portcullis/lens';

/** What a method is called in Lens; all others are `method`. */
const TYPES: Readonly<Record<string, string>> = {
  'tools/call': 'tool_call',
  'resources/read': 'resource_read',
  'prompts/get': 'prompt_get',
  'tools/list': 'list',
  'resources/list': 'list',
  'resources/templates/list': 'list',
  'prompts/list': 'list',
  initialize: 'initialize',
};

/** What the audit service keeps of a text, in UTF-16 units. */
const TEXT_LIMIT = 1024;
const RESOURCE_LIMIT = 8192;

const short = (text: string) => text.slice(0, TEXT_LIMIT);

/**
 * A call as Lens will show it once it is stored, so that a filter means the same in both places. `payload` off leaves
 * arguments and results empty: a caller who may not read them must not learn them from what a filter finds.
 */
export function callRow({ type, data }: CallRefused | CallCompleted, payload: boolean): LensRow {
  const completed = type === 'CallCompleted' ? (data as CallCompleted['data']) : undefined;
  return {
    time: data.decidedAt,
    id: data.requestId,
    type: Object.hasOwn(TYPES, data.method) ? TYPES[data.method] : 'method',
    method: data.method,
    tool: data.kind === 'tool' ? short(data.name) : '',
    resource: data.kind === 'resource' ? data.name.slice(0, RESOURCE_LIMIT) : '',
    prompt: data.kind === 'prompt' ? short(data.name) : '',
    decision: data.decision,
    outcome: completed?.outcome ?? 'denied',
    reason: data.reason ?? '',
    rule: short(data.rule ?? ''),
    policy: short(data.policy?.name ?? ''),
    revision: data.policy?.revision ?? 0,
    conditions: data.conditions.length > 0 ? JSON.stringify(data.conditions) : '',
    connection: data.connection?.slug ?? '',
    user: short(data.user ?? ''),
    agent: short(data.key?.agent ?? ''),
    key: short(data.key?.label ?? ''),
    client: data.client ? short(`${data.client.name}/${data.client.version}`) : '',
    session: short(data.agentSession ?? ''),
    trace: short(data.traceId),
    source_ip: data.sourceIp,
    actor: '',
    latency_ms: data.latencyMs,
    upstream_ms: completed?.upstreamMs ?? 0,
    policy_ms: data.policyMs,
    bytes_in: data.bytesIn,
    bytes_out: completed?.bytesOut ?? 0,
    risk: 0,
    error: completed ? (completed.error ?? '') : (data.reason ?? ''),
    args: payload ? data.arguments : '',
    result: payload ? (completed?.result ?? '') : '',
    metadata: Object.fromEntries(Object.entries(data.metadata).map(([key, value]) => [key, String(value)])),
    attrs: { audit: data.audit, ...(data.direction === 'server' ? { direction: 'server' } : {}) },
  };
}
