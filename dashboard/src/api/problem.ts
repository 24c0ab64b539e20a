import type { Problem } from '@portcullis/contracts';
import { visibleText } from '../pieces/hostile-text.js';

/** A refusal of the API, or that it could not be reached; `message` is fit to be shown. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly problem: Problem,
    /** When the API says that another try makes sense. */
    readonly retryAfterMs?: number,
  ) {
    super(problem.detail ? `${problem.title} ${problem.detail}` : problem.title);
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** The server would refuse it again; what did not reach it, or what it could not do, may go well another time. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500;
  }

  /** The message of the first issue at or below a JSON pointer of the body: for the field that shows it. */
  issueAt(pointer: string): string | undefined {
    return this.problem.issues?.find(
      (issue) => issue.pointer === pointer || issue.pointer.startsWith(`${pointer}/`),
    )?.message;
  }
}

/** The problem a failed answer carries, or one that says what is known of an answer that carries none. */
export function problemOf(body: unknown, status: number, retryAfter?: string | null): ApiProblem {
  const seconds = Number(retryAfter ?? Number.NaN);
  if (isProblem(body)) return new ApiProblem(body, seconds >= 0 ? seconds * 1_000 : undefined);
  const title = status >= 500 ? 'The server could not answer.' : 'The request was refused.';
  return new ApiProblem({ type: 'about:blank', title, status, code: `http.${status}` });
}

export function unreachable(cause: unknown): ApiProblem {
  const aborted = cause instanceof DOMException && cause.name === 'AbortError';
  const problem = new ApiProblem({
    type: 'about:blank',
    status: 0,
    code: aborted ? 'network.aborted' : 'network.unreachable',
    title: aborted ? 'The request was given up.' : 'The server cannot be reached.',
  });
  problem.cause = cause;
  return problem;
}

/** What to show a person of anything that was thrown. */
export function messageOf(error: unknown): string {
  // A refusal may repeat what was sent to the server: a name somebody chose, a header of a stranger's server.
  return visibleText(textOf(error));
}

function textOf(error: unknown): string {
  if (error instanceof ApiProblem) {
    const issues = error.problem.issues?.map(({ pointer, message }) => `${pointer || '/'}: ${message}`) ?? [];
    return [error.message, ...issues.slice(0, 3)].join(' ');
  }
  return error instanceof Error && error.message ? error.message : 'Something went wrong.';
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'title' in body &&
    typeof body.title === 'string' &&
    'code' in body &&
    typeof body.code === 'string' &&
    'status' in body &&
    typeof body.status === 'number'
  );
}
