import type { PolicyEventData, PolicyVersionView } from '@portcullis/contracts';
import type { EventStore } from '@portcullis/eventing';
import type { SqlSession } from '@portcullis/postgres';
import type { AgentSessionTable } from '../agent-sessions/agent-session-table.js';
import { notFound } from '../commands/command-context.js';
import { nameOf } from '../directory/organization-directory.js';
import { policyStream } from '../policies/policy.js';

import { answer, connectionOf, policyOf } from './directory.queries.js';
import { listedTools } from './listed-tools.js';
import { decodeCursor, pageOf, pageOfRows } from './page.js';
import type { QueryHandlers } from './query-handler.js';

export interface RecordQueriesDependencies {
  readonly database: SqlSession;
  readonly store: Pick<EventStore, 'read'>;
  readonly sessions: AgentSessionTable;
}

/** What tables and streams know. */
export function recordQueries({
  database,
  store,
  sessions,
}: RecordQueriesDependencies): Pick<QueryHandlers, 'tools' | 'sessions' | 'session' | 'policyVersions'> {
  return {
    async tools(query, { tenantId, directory }) {
      const { id: connectionId } = connectionOf(directory, query.connection);
      const [after = null] = (decodeCursor(query.cursor, ['string']) ?? []) as [string?];
      const tools = await listedTools(database, { tenantId, connectionId, after, limit: query.limit + 1 });
      return answer(
        pageOfRows(tools, query.limit, ({ name }) => [name]),
        (tool) => tool,
      );
    },

    async sessions(query, { tenantId }) {
      const key = decodeCursor(query.cursor, ['string', 'string']);
      const lastSeenAt = String(key?.[0]);
      if (key && Number.isNaN(Date.parse(lastSeenAt))) decodeCursor('', []);
      const after = key && { lastSeenAt: new Date(lastSeenAt).toISOString(), id: String(key[1]) };
      const rows = await sessions.list(database, tenantId, {
        status: query.status ?? null,
        limit: query.limit + 1,
        after,
      });
      return answer(
        pageOfRows(rows, query.limit, ({ id, view }) => [view.lastSeenAt, id]),
        ({ view }) => view,
      );
    },
    async session({ sessionId }, { tenantId }) {
      const found = await sessions.find(database, tenantId, sessionId);
      if (!found) throw notFound('session', 'session');
      return { data: found.view };
    },

    async policyVersions(query, { directory }) {
      const { id } = policyOf(directory, query.policyId);
      const { events } = await store.read(policyStream(id));
      const versions = events.flatMap((event): PolicyVersionView[] => {
        if (event.type !== 'PolicyPublished') return [];
        const { version, document, note, rolledBackFrom } = event.data as PolicyEventData<'PolicyPublished'>;
        return [
          {
            version,
            document,
            note,
            rolledBackFrom,
            publishedAt: event.occurredAt,
            publishedBy: nameOf(event.actor),
          },
        ];
      });
      return answer(
        pageOf(versions, query, ({ version }) => [-version], ['number']),
        (version) => version,
      );
    },
  };
}
