import {
  IgrisAuthError,
  IgrisError,
  IgrisHoldPendingError,
  IgrisPolicyDeniedError,
  IgrisRateLimitError,
  IgrisSessionSuspendedError,
} from './errors.js';

interface ErrorBody {
  readonly error?: { readonly message?: unknown; readonly data?: Record<string, unknown> };
  readonly code?: unknown;
  readonly title?: unknown;
  readonly detail?: unknown;
}

/** The typed error for an answer of the gateway (JSON-RPC) or the API (problem document). */
export function errorFromAnswer(status: number, body: unknown, headers: Headers): IgrisError {
  const { error, code, title, detail } = (typeof body === 'object' && body !== null ? body : {}) as ErrorBody;
  const data = error?.data ?? {};
  const reason =
    text(data['reason']) ?? text(code) ?? headers.get('x-portcullis-refusal') ?? `http.${status}`;
  const message =
    text(error?.message) ?? text(detail) ?? text(title) ?? `The request failed with status ${status}.`;
  const details = { status, reason, response: body };

  if (reason.startsWith('hold.pending')) {
    const holdId = text(data['holdId']);
    const expiresAt = text(data['expiresAt']);
    return new IgrisHoldPendingError(message, {
      ...details,
      ...(holdId ? { holdId } : {}),
      ...(expiresAt ? { expiresAt } : {}),
    });
  }
  if (reason === 'session.suspended') return new IgrisSessionSuspendedError(message, details);
  if (reason === 'rate.limited' || status === 429)
    return new IgrisRateLimitError(message, { ...details, retryAfterMs: retryAfter(data, headers) });
  if (reason === 'policy.denied' || reason.startsWith('hold.'))
    return new IgrisPolicyDeniedError(message, details);
  if (status === 401 || (reason.startsWith('auth.') && reason !== 'auth.insufficient_scope'))
    return new IgrisAuthError(message, details);
  return new IgrisError(message, details);
}

function retryAfter(data: Record<string, unknown>, headers: Headers): number {
  const inBody = data['retryAfterMs'];
  if (typeof inBody === 'number') return inBody;
  const seconds = Number(headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 1000;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
