import type { Outcome } from '@portcullis/contracts';
import { AuditUnavailable, PolicyUnavailable, UpstreamFailed } from '../ports.js';
import { Refusal } from './refusal.js';

/** Why an allowed call ended without its upstream's answer. */
export class CallCut extends Error {
  override readonly name = 'CallCut';
  constructor(
    /** What the caller is told. */
    readonly refusal: Refusal,
    readonly outcome: Outcome = 'error',
    /** Error class of the record, where it says more than the refusal's reason. */
    readonly error: string = refusal.reason,
    options?: ErrorOptions,
    /** The caller waits for no answer any more. */
    readonly silent = false,
  ) {
    super(error, options);
  }
}

/** The client took the call back; the upstream gave no answer to that. */
export function cancelledByClient(): CallCut {
  return new CallCut(
    new Refusal('request.invalid', { message: 'Cancelled by the client.' }),
    'error',
    'request.cancelled',
    undefined,
    true,
  );
}

export function upstreamInvalid(message: string, error?: string): CallCut {
  return new CallCut(new Refusal('upstream.invalid', { message }), 'error', error);
}

/** Whatever went wrong while an upstream was asked, as the caller and the record see it. */
export function cutOf(error: unknown): CallCut {
  if (error instanceof CallCut) return error;
  if (error instanceof UpstreamFailed)
    return new CallCut(new Refusal(error.reason), 'error', error.reason, { cause: error });
  if (error instanceof PolicyUnavailable)
    return new CallCut(new Refusal('policy.unavailable'), 'error', undefined, { cause: error });
  if (error instanceof AuditUnavailable)
    return new CallCut(new Refusal('audit.unavailable'), 'error', undefined, { cause: error });
  return new CallCut(new Refusal('upstream.invalid'), 'error', undefined, { cause: error });
}
