import type { Query } from '@portcullis/contracts';
import type { OrganizationDirectory } from '../directory/organization-directory.js';

export type QueryType = Query['type'];
export type QueryOf<T extends QueryType> = Extract<Query, { type: T }>;

export interface QueryContext {
  readonly tenantId: string;
  /** The caller's organization, and nothing of any other. */
  readonly directory: OrganizationDirectory;
}

export interface Answer {
  readonly data: unknown;
  readonly cursor?: string | null;
}

export type QueryHandler<T extends QueryType> = (
  query: QueryOf<T>,
  context: QueryContext,
) => Promise<Answer> | Answer;

/** One handler for each query type of the contract; the compiler holds the list complete. */
export type QueryHandlers = { readonly [T in QueryType]: QueryHandler<T> };
