import type { QueryEnvelope, QueryResult } from '@portcullis/contracts';
import { notFound } from '../commands/command-context.js';
import type { Directory } from '../directory/directory.js';
import type { QueryHandler, QueryHandlers, QueryType } from './query-handler.js';

/** Finds the organization, then the handler; a handler cannot reach beyond the organization it is given. */
export class QueryDispatcher {
  constructor(
    private readonly directory: Directory,
    private readonly handlers: QueryHandlers,
  ) {}

  async dispatch({ tenantId, query }: QueryEnvelope): Promise<QueryResult> {
    const directory = this.directory.organization(tenantId);
    if (!directory) throw notFound('organization', 'organization');
    const handler = this.handlers[query.type] as QueryHandler<QueryType>;
    const { data, cursor = null } = await handler(query, { tenantId, directory });
    return { data, cursor };
  }
}
