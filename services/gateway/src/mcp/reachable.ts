import type { ControlReach } from '@portcullis/contracts';

/** Who a session, stream or call belongs to, as control orders name it. */
export interface Reachable {
  readonly tenantId: string;
  readonly agentSession: string | null;
  readonly connectionId: string | null;
  readonly keyId: string | null;
}

/** All fields an order gives must match. */
export function isReached(reach: ControlReach, what: Reachable): boolean {
  return (
    reach.tenantId === what.tenantId &&
    (reach.agentSession === undefined || reach.agentSession === what.agentSession) &&
    (reach.connectionId === undefined || reach.connectionId === what.connectionId) &&
    (reach.keyId === undefined || reach.keyId === what.keyId)
  );
}
