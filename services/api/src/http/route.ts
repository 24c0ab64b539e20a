import type { Scope } from '@portcullis/contracts';
import type { z } from 'zod';

/** What a route needs of its caller: a scope, any valid credential, a login (never a key), or nothing at all. */
export type RouteAccess = { readonly scope: Scope } | 'authenticated' | 'signed-in' | 'public';

/**
 * One REST route, said once: routing, validation, access, OpenAPI and the access matrix test all derive from it.
 * `answer` is the schema of `data`; lists add `meta.cursor`, writes `meta.position`.
 */
export interface RouteDefinition<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, with `:name` for parameters. */
  readonly path: string;
  readonly access: RouteAccess;
  readonly summary: string;
  readonly tag: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer?: z.ZodType;
  /** The schema of `meta`, where an answer says more there than lists and writes do. */
  readonly meta?: z.ZodType;
  /** 200 unless said otherwise. */
  readonly status?: number;
  /** Media type of an answer that is not the JSON envelope. */
  readonly answerType?: string;
  /** Problem codes a caller should be ready for, beside those every route has. */
  readonly problems?: readonly string[];
}

type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler gets: everything validated, nothing else. */
export interface RouteInput<Definition extends RouteDefinition> {
  readonly params: OutputOf<Definition['params']>;
  readonly query: OutputOf<Definition['query']>;
  readonly body: OutputOf<Definition['body']>;
}

export function defineRoute<const Definition extends RouteDefinition>(definition: Definition): Definition {
  return definition;
}
