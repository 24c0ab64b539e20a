import type { Problem } from '@portcullis/contracts';

/** An error with a face: what the caller may see (`problem`), and a hidden `cause` for the log. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Omit<Problem, 'type'>, options?: { cause?: unknown }) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`, options);
    this.name = 'ProblemError';
    this.problem = { type: 'about:blank', ...problem };
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}
