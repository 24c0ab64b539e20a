import { policyEventSchemas, type AlertSeverity, type EventEnvelope } from '@portcullis/contracts';
import { lensFilter } from './lens-filter.js';
import { inText, storable, titleOf } from './plain-text.js';
import { readData, readTime } from './read-envelope.js';
import type { ConnectionNamed, Firing, Release } from '../alerts/signal.js';

const SEVERITY: Readonly<Record<string, AlertSeverity>> = {
  organization: 'critical',
  connection: 'high',
  agent: 'high',
  session: 'medium',
};
/** What the switch has stopped by then shows in Lens; later calls are a matter of moving the range. */
const EVIDENCE_MS = 3_600_000;

/** Types of `policy.changes.v1` that mean something here; all others are somebody else's. */
export const KILL_SWITCH_TYPES: ReadonlySet<string> = new Set([
  'KillSwitchEngaged',
  'KillSwitchReleased',
  'ConnectionCreated',
]);

/** `slugOf` knows the connections named so far. */
export function policyChangeSignal(
  event: EventEnvelope,
  slugOf: (tenantId: string, connectionId: string) => string | undefined,
): Firing | Release | ConnectionNamed {
  switch (event.type) {
    case 'ConnectionCreated': {
      const { connectionId, slug } = readData(policyEventSchemas.ConnectionCreated, event.data);
      const tenantId = storable(event.tenantId);
      return { type: 'connection', tenantId, id: storable(connectionId), slug: storable(slug) };
    }
    case 'KillSwitchReleased': {
      const { killSwitchId } = readData(policyEventSchemas.KillSwitchReleased, event.data);
      return {
        type: 'release',
        tenantId: storable(event.tenantId),
        dedupKey: dedupKeyOf(killSwitchId),
        by: event.actor,
        cause: { id: event.id, correlationId: event.correlationId },
      };
    }
    default:
      return engaged(event, slugOf);
  }
}

function engaged(event: EventEnvelope, slugOf: Parameters<typeof policyChangeSignal>[1]): Firing {
  const data = readData(policyEventSchemas.KillSwitchEngaged, event.data);
  const at = readTime(event.occurredAt);
  const tenantId = storable(event.tenantId);
  const target = data.target && storable(data.target);
  const slug = data.scope === 'connection' && target ? (slugOf(tenantId, target) ?? target) : null;
  const session = data.scope === 'session' ? target : null;
  const who = inText(event.actor.name ?? event.actor.id);
  const where =
    data.scope === 'organization' ? 'the organization' : `${data.scope} ${inText(slug ?? target ?? '')}`;
  return {
    type: 'firing',
    tenantId,
    dedupKey: dedupKeyOf(data.killSwitchId),
    kind: 'kill_switch',
    severity: SEVERITY[data.scope] ?? 'high',
    title: titleOf(`${who} stopped ${where}: ${inText(data.reason, 120)}`),
    subject: {
      connection: slug && target ? { id: target, slug } : null,
      agent: null,
      user: null,
      session,
      key: data.scope === 'agent' && target ? { id: target, label: target } : null,
      tool: null,
      rule: null,
    },
    evidence: {
      observed: null,
      expected: null,
      lens: {
        q: lensFilter({ reason: 'session.suspended', connection: slug, session }),
        from: new Date(at).toISOString(),
        to: new Date(at + EVIDENCE_MS).toISOString(),
      },
      requests: [],
      trace: event.correlationId,
      killSwitch: { id: data.killSwitchId, scope: data.scope, target, reason: storable(data.reason, 1000) },
    },
    occurrences: 1,
    firstAt: at,
    lastAt: at,
    cause: { id: event.id, correlationId: event.correlationId },
  };
}

function dedupKeyOf(killSwitchId: string): string {
  return storable(`kill_switch:${killSwitchId}`);
}
