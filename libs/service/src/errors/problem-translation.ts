import { ProblemError } from './problem-error.js';

/** What a refused command tells. */
interface Refused {
  readonly code: string;
  readonly kind: keyof typeof STATUS;
  readonly message: string;
  readonly issues: readonly { readonly pointer: string; readonly message: string; readonly code?: string }[];
}

export interface ProblemTranslationOptions {
  /** Of errors by which commands and queries refuse. */
  readonly rejection: abstract new (...args: never[]) => Refused;
  /** What a store's error means for the caller; undefined when it is no error of the store's, or a defect. */
  readonly failureOf: (error: unknown) => 'unavailable' | 'unstorable' | undefined;
  /** Said while the store cannot be asked. */
  readonly unavailable: { readonly code: string; readonly title: string };
}

export interface ProblemTranslation {
  /** A problem to show, with the error as its cause; an unknown error as it is, for the log. */
  problemFor(error: unknown): unknown;
  /** Runs the work; what it throws comes out as `problemFor` gives it. */
  withProblems<Result>(work: () => Promise<Result>): Promise<Result>;
}

const STATUS = { invalid: 400, forbidden: 403, not_found: 404, conflict: 409, precondition_failed: 412 };

/** The one place of a service where what commands and queries throw becomes a problem document. */
export function problemTranslation(options: ProblemTranslationOptions): ProblemTranslation {
  const { rejection, failureOf, unavailable } = options;
  const problemFor = (cause: unknown): unknown => {
    if (cause instanceof rejection) {
      const { code, kind, message, issues } = cause;
      const shown = issues.length > 0 ? { issues: [...issues] } : {};
      return new ProblemError({ code, status: STATUS[kind], title: message, ...shown }, { cause });
    }
    switch (failureOf(cause)) {
      case 'unavailable':
        return new ProblemError({ ...unavailable, status: 503 }, { cause });
      case 'unstorable': {
        const title = 'The request holds text that cannot be stored.';
        return new ProblemError({ code: 'request.invalid', status: 400, title }, { cause });
      }
      default:
        return cause;
    }
  };
  return {
    problemFor,
    withProblems: async (work) => {
      try {
        return await work();
      } catch (error) {
        throw problemFor(error);
      }
    },
  };
}
