import { ProblemError } from '@portcullis/service';
import type { FastifyReply } from 'fastify';

export class TooManyAttempts extends ProblemError {
  constructor(readonly retryAfterSeconds: number) {
    super({ code: 'auth.too_many_attempts', status: 429, title: 'Too many attempts. Try again later.' });
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
    if (error instanceof TooManyAttempts) void reply.header('retry-after', String(error.retryAfterSeconds));
    throw error;
  }
}
