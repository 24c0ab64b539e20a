import type { DecideSide } from '../evaluation/decide-side.js';
import type { DecidingState } from '../write-side.js';
import { isSessionStopped } from './stops.js';

/** The decide side as the write side sees it. What is not known is stopped or absent, never open. */
export function decidingState({
  follower,
  hub,
  sessions,
  state,
  tools,
}: Pick<DecideSide, 'follower' | 'hub' | 'sessions' | 'state' | 'tools'>): DecidingState {
  return {
    get position() {
      return follower.position;
    },
    gateways: () => hub.gateways(),
    reached: (position, timeoutMs) => follower.reached(position, timeoutMs),
    generation: (connectionId, keyId) => state.generation(connectionId, keyId),
    sessionsUsedSince: (since) => sessions.usedSince(since),
    isSessionStopped(tenantId, sessionId) {
      const organization = state.organizations.get(tenantId);
      return organization === undefined || isSessionStopped(organization, sessionId);
    },
    credentialOf(tenantId, connectionId) {
      const connection = state.organizations.get(tenantId)?.connections.get(connectionId);
      return connection?.credential?.open() ?? null;
    },
    toolFacts: (connectionId, tool) => tools.facts(connectionId, tool),
  };
}
