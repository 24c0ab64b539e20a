import type { ApiKey, Connection, KillSwitch, KillSwitchScope, Organization } from './organization.js';

const BREADTH: Readonly<Record<KillSwitchScope, number>> = {
  organization: 0,
  connection: 1,
  agent: 2,
  session: 3,
};

/** The kill switch that stops a call; of several the widest, so that its reason does not change with the caller. */
export function engagedKillSwitch(
  connection: Connection,
  key: ApiKey,
  sessionId: string,
): KillSwitch | undefined {
  const { killSwitches } = connection.organization;
  if (killSwitches.size === 0) return undefined;
  let widest: KillSwitch | undefined;
  for (const killSwitch of killSwitches.values()) {
    if (!reaches(killSwitch, connection, key, sessionId)) continue;
    if (!widest || BREADTH[killSwitch.scope] < BREADTH[widest.scope]) widest = killSwitch;
  }
  return widest;
}

/** Suspended, or under a kill switch of its own. */
export function isSessionStopped(organization: Organization, sessionId: string): boolean {
  if (organization.suspended.has(sessionId)) return true;
  for (const { scope, target } of organization.killSwitches.values()) {
    if (scope === 'session' && target === sessionId) return true;
  }
  return false;
}

function reaches(
  { scope, target }: KillSwitch,
  connection: Connection,
  key: ApiKey,
  sessionId: string,
): boolean {
  switch (scope) {
    case 'organization':
      return true;
    case 'connection':
      return target === connection.id;
    case 'agent':
      return target === key.id;
    case 'session':
      return target === sessionId;
  }
}
