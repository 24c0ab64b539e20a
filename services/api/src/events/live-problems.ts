import type { LiveRefusal } from '@portcullis/contracts';
import { ProblemError } from '@portcullis/service';
import { ZodError } from 'zod';
import { FeedBusy } from './feed-busy.js';
import { BadPosition } from './live-feed.js';

export function badPosition(): ProblemError {
  return new ProblemError({
    code: 'events.bad_position',
    status: 400,
    title: 'The position to resume after is not one of ours.',
  });
}

/** What a client is told of a failed subscription; anything else stays what it was. */
export function liveProblem(error: unknown): unknown {
  if (error instanceof FeedBusy) {
    return new ProblemError({
      code: 'events.busy',
      status: 503,
      title: 'Too many live clients. Try again in a moment.',
    });
  }
  return error instanceof BadPosition ? badPosition() : error;
}

/** The same for socket.io, where a refusal is data. Null: nothing a client may hear of. */
export function liveRefusal(error: unknown): LiveRefusal | null {
  const problem = liveProblem(error);
  if (problem instanceof ZodError)
    return { code: 'request.invalid', title: 'The subscription is not valid.' };
  if (!(problem instanceof ProblemError)) return null;
  const { code, title, diagnostics } = problem.problem;
  return { code, title, ...(diagnostics === undefined ? {} : { diagnostics }) };
}
