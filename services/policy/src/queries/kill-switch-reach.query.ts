import type { KillSwitchReach } from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import type { SqlSession } from '@portcullis/postgres';
import type { AgentSessionTable, SessionsOf } from '../agent-sessions/agent-session-table.js';
import type { QueryContext, QueryHandlers, QueryOf } from './query-handler.js';

export interface KillSwitchReachDependencies {
  readonly database: SqlSession;
  readonly sessions: Pick<AgentSessionTable, 'find' | 'count'>;
}

/** Who a kill switch would stop. Nothing is stopped. */
export function killSwitchReachQuery({
  database,
  sessions,
}: KillSwitchReachDependencies): Pick<QueryHandlers, 'killSwitchReach'> {
  return {
    async killSwitchReach(query, context) {
      const { scope } = query;
      const { target, name, of } = await targetOf(query, context);
      const counted = await sessions.count(database, context.tenantId, of);
      return { data: { scope, target, name, sessions: counted } satisfies KillSwitchReach };
    },
  };

  /** As engaging a switch would find it: the same targets lead nowhere. */
  async function targetOf(
    { scope, target }: QueryOf<'killSwitchReach'>,
    { tenantId, directory }: QueryContext,
  ): Promise<{ target: string | null; name: string | null; of: SessionsOf }> {
    if (scope === 'organization') {
      if (target)
        throw new Rejection('kill_switch.target_invalid', 'invalid', 'The organization is its own target.');
      return { target: null, name: null, of: {} };
    }
    if (!target) throw new Rejection('kill_switch.target_invalid', 'invalid', `Name the ${scope} to stop.`);
    if (scope === 'connection') {
      const connection = directory.connection(target);
      if (connection)
        return { target: connection.id, name: connection.slug, of: { connectionId: connection.id } };
    } else if (scope === 'agent') {
      const key = directory.apiKeys.get(target);
      if (key) return { target: key.id, name: key.label, of: { keyId: key.id } };
    } else if (await sessions.find(database, tenantId, target)) {
      return { target, name: null, of: { id: target } };
    }
    throw new Rejection('kill_switch.target_not_found', 'not_found', `No such ${scope}.`);
  }
}
