import { compileMatcher, parse, serialize, type Matcher } from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';
import type { Caller } from '../authentication/caller.js';
import { hasScope } from '../authentication/caller.js';
import { invalidQuery } from '../lens/lens-query.js';

/** Which calls a client gets. Two clients with one `key` get the same. */
export interface LiveFilter {
  readonly key: string;
  readonly tenantId: string;
  /** Null: every call. */
  readonly matcher: Matcher | null;
  /** Whether the filter may look into arguments and results. */
  readonly payload: boolean;
}

/** Refuses what Lens refuses, and a filter by arguments or results from who may not read them. */
export function liveFilter({ principal }: Caller, q: string): LiveFilter {
  const { tenantId, scopes } = principal;
  const payload = hasScope(scopes, 'audit:read');
  const { query, diagnostics } = parse(q);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw invalidQuery(errors);
  const compiled = compileMatcher(query);
  if (!compiled.ok) throw invalidQuery(compiled.diagnostics);
  const { sensitive } = compiled.matcher;
  if (sensitive.length > 0 && !payload) {
    throw new ProblemError({
      code: 'auth.insufficient_scope',
      status: 403,
      title: 'The credential lacks a scope.',
      detail: `A filter by ${sensitive.join(' and ')} needs the scope audit:read.`,
    });
  }
  const matcher = query.filter === null ? null : compiled.matcher;
  return { key: JSON.stringify([tenantId, payload, serialize(query)]), tenantId, matcher, payload };
}
