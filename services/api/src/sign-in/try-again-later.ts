import { ProblemError } from '@portcullis/service';
import type { FastifyReply } from 'fastify';

/** Refused for now; the answer says in `Retry-After` when to come again. */
export class TryAgainLater extends ProblemError {
  constructor(
    problem: { readonly code: string; readonly status: number; readonly title: string },
    readonly retryAfterSeconds: number,
  ) {
    super(problem);
  }
}

/** Says in the answer's header when to come again. */
export async function withRetryAfter<Result>(
  reply: FastifyReply,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TryAgainLater) void reply.header('retry-after', String(error.retryAfterSeconds));
    throw error;
  }
}
