/** What the gateway or the API answered with, as far as it could be read. */
export interface IgrisErrorDetails {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Stable code, such as `policy.denied`. */
  readonly reason: string;
  /** The answer's body: for a policy denial it names the rule that fired. */
  readonly response?: unknown;
  readonly cause?: unknown;
}

/** Base of every error of this package. */
export class IgrisError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly response: unknown;

  constructor(message: string, details: IgrisErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.status = details.status;
    this.reason = details.reason;
    this.response = details.response;
  }
}

/** 401: the key is missing, wrong, revoked or expired. */
export class IgrisAuthError extends IgrisError {}

/** 403: a policy denied the request; `response.error.data` holds the rule. */
export class IgrisPolicyDeniedError extends IgrisError {}

/** 403: a human has to approve first. */
export class IgrisHoldPendingError extends IgrisError {
  readonly holdId: string | undefined;
  readonly expiresAt: string | undefined;

  constructor(message: string, details: IgrisErrorDetails & { holdId?: string; expiresAt?: string }) {
    super(message, details);
    this.holdId = details.holdId;
    this.expiresAt = details.expiresAt;
  }
}

/** 429: come back after `retryAfterMs`. */
export class IgrisRateLimitError extends IgrisError {
  readonly retryAfterMs: number;

  constructor(message: string, details: IgrisErrorDetails & { retryAfterMs: number }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** 503: an operator stopped the session, the connection, the agent or the organization. */
export class IgrisSessionSuspendedError extends IgrisError {}

/** The tool itself failed: a result with `isError`. */
export class IgrisToolError extends IgrisError {
  constructor(
    message: string,
    readonly result: unknown,
  ) {
    super(message, { status: 200, reason: 'tool.error', response: result });
  }
}
