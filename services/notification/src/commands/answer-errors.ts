import { Rejection, type RejectionKind } from '@portcullis/eventing';
import { isUnavailable } from '@portcullis/postgres';
import { ProblemError } from '@portcullis/service';

const STATUS: Record<RejectionKind, number> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
};
/** Lock and statement time limits: somebody holds what this needed. */
const TOO_LONG = new Set(['55P03', '57014']);
/** Text Postgres cannot hold: no name or id has a NUL in it. */
const UNTEXT = new Set(['22021', '22P05']);

/** The one place where what commands and queries throw becomes a problem document. */
export async function withProblems<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw problemFor(error);
  }
}

export function problemFor(error: unknown): unknown {
  if (error instanceof Rejection) {
    const { code, kind, message, issues } = error;
    return new ProblemError(
      { code, status: STATUS[kind], title: message, ...(issues.length > 0 ? { issues: [...issues] } : {}) },
      { cause: error },
    );
  }
  const state = (error as { code?: unknown } | null)?.code;
  if (isUnavailable(error) || (typeof state === 'string' && TOO_LONG.has(state))) {
    return new ProblemError(
      {
        code: 'notification.unavailable',
        status: 503,
        title: 'The notification service cannot reach its database.',
      },
      { cause: error },
    );
  }
  if (typeof state === 'string' && UNTEXT.has(state)) {
    return new ProblemError(
      { code: 'request.invalid', status: 400, title: 'The request holds text that cannot be stored.' },
      { cause: error },
    );
  }
  return error;
}
