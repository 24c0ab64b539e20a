import { callFactsSchema, envelopeSchema, type GatewaySequence } from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import { z } from 'zod';

/** Each call has one of these. A completion only repeats what its decision has said, and is not even parsed. */
const TYPES = new Set(['CallDecided', 'CallRefused']);

/** The part of a call's events that says something of its session and its key; events may grow around it. */
const recordSchema = envelopeSchema.pick({ tenantId: true, gateway: true }).extend({
  data: callFactsSchema.pick({
    decidedAt: true,
    kind: true,
    name: true,
    connection: true,
    agentSession: true,
    key: true,
    user: true,
  }),
});

export interface CallRecord {
  readonly tenantId: string;
  readonly gateway: GatewaySequence | null;
  readonly at: Date;
  /** Tools, resources and prompts; not the protocol's own methods. */
  readonly isCall: boolean;
  readonly tool: string | null;
  readonly connection: { readonly id: string; readonly slug: string } | null;
  readonly session: string | null;
  readonly key: { readonly id: string; readonly label: string; readonly agent: string | null } | null;
  readonly user: string | null;
}

/** Null for other types; throws on a record that is not what its type says. */
export function callRecordOf(record: Pick<LogRecord, 'type' | 'value'>): CallRecord | null {
  if (!TYPES.has(record.type)) return null;
  const { tenantId, gateway, data } = recordSchema.parse(JSON.parse(new TextDecoder().decode(record.value)));
  const at = new Date(z.iso.datetime().parse(data.decidedAt));
  return {
    tenantId,
    gateway: gateway ?? null,
    at,
    isCall: data.kind !== 'method',
    tool: data.kind === 'tool' ? clean(data.name) : null,
    connection: data.connection,
    session: data.agentSession,
    key: data.key && {
      ...data.key,
      label: clean(data.key.label),
      agent: data.key.agent && clean(data.key.agent),
    },
    user: data.user === null ? null : clean(data.user),
  };
}

/** Text columns take no NUL. */
function clean(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, 512);
}
