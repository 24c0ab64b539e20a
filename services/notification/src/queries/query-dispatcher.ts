import type { NotificationQueryEnvelope, NotificationQueryResult } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';
import type { QueryHandler, QueryHandlers, QueryType } from './query-handler.js';

export class QueryDispatcher {
  constructor(
    private readonly session: SqlSession,
    private readonly handlers: QueryHandlers,
  ) {}

  async dispatch({ tenantId, query }: NotificationQueryEnvelope): Promise<NotificationQueryResult> {
    const handler = this.handlers[query.type] as QueryHandler<QueryType>;
    const { data, cursor = null } = await handler(query, { tenantId, session: this.session });
    return { data, cursor };
  }
}
