import type { GatewaySequence, Outcome, TargetKind } from '@portcullis/contracts';

/** What the detectors know of a request that ended: one for each request. Times are milliseconds since the epoch. */
export interface CallSeen {
  readonly eventId: string;
  readonly tenantId: string;
  readonly requestId: string;
  /** When it was decided; when the log took it, if the gateway's clock is ahead of the log's. */
  readonly at: number;
  /** When it was decided by the gateway's clock, whatever that says: the time Lens finds it at. */
  readonly decidedAt: number;
  /** When the log took its event. */
  readonly loggedAt: number;
  readonly method: string;
  readonly kind: TargetKind;
  /** Name of what was asked for, cut. */
  readonly name: string;
  readonly direction: 'client' | 'server';
  readonly connection: { readonly id: string; readonly slug: string } | null;
  readonly session: string | null;
  readonly agent: string | null;
  readonly key: { readonly id: string; readonly label: string } | null;
  readonly user: string | null;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly error: string | null;
  readonly argumentsDigest: string | null;
  readonly traceId: string;
  readonly traceparent: string | null;
  readonly gateway: GatewaySequence | null;
}

/** Who a call is held against: the agent of its key, else the key, else the person. Asserted names come last. */
export function actorOf(call: CallSeen): string {
  if (call.agent !== null) return `agent:${call.agent}`;
  if (call.key !== null) return `key:${call.key.id}`;
  return call.user === null ? 'nobody' : `user:${call.user}`;
}

/** The actor, for people. */
export function actorName(call: CallSeen): string {
  return call.agent ?? call.key?.label ?? call.user ?? 'an unnamed caller';
}

export function connectionName(call: CallSeen): string {
  return call.connection?.slug ?? 'no connection';
}
