import type { NotificationQuery } from '@portcullis/contracts';
import type { SqlSession } from '@portcullis/postgres';

export type QueryType = NotificationQuery['type'];
export type QueryOf<T extends QueryType> = Extract<NotificationQuery, { type: T }>;

export interface QueryContext {
  /** The caller's organization: nothing of any other may be answered. */
  readonly tenantId: string;
  readonly session: SqlSession;
}

export interface Answer {
  readonly data: unknown;
  readonly cursor?: string | null;
}

export type QueryHandler<T extends QueryType> = (query: QueryOf<T>, context: QueryContext) => Promise<Answer>;

/** The handlers of some query types: what a feature brings. */
export type QueryHandlersFor<T extends QueryType> = { readonly [Type in T]: QueryHandler<Type> };

/** One handler for each query type of the contract; the compiler holds the list complete. */
export type QueryHandlers = QueryHandlersFor<QueryType>;
