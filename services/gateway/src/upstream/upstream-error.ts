import { UpstreamFailed } from '../ports.js';

const TIMEOUTS: readonly unknown[] = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
/** The connection ended; everything else that undici reports of an answer is an answer that cannot be read. */
const BROKEN: readonly unknown[] = [
  'UND_ERR_SOCKET',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
];

/** How far the request had come when it failed. */
export type UpstreamStage = 'connecting' | 'sent' | 'answering';

/** What a failure means for the caller. Its cause is kept, and never shown: it may name addresses. */
export function asUpstreamFailed(error: unknown, stage: UpstreamStage): UpstreamFailed {
  if (error instanceof UpstreamFailed) return error;
  const sent = stage !== 'connecting';
  return new UpstreamFailed(reasonOf((error as { code?: unknown } | null)?.code, stage), sent, {
    cause: error,
  });
}

function reasonOf(code: unknown, stage: UpstreamStage): UpstreamFailed['reason'] {
  // Names that do not resolve, refused connections, bad certificates, addresses that are not allowed, no time left.
  if (stage === 'connecting') return 'upstream.unreachable';
  if (TIMEOUTS.includes(code)) return 'upstream.timeout';
  // Half an answer is a bad one.
  if (stage === 'sent' && BROKEN.includes(code)) return 'upstream.unreachable';
  return 'upstream.invalid';
}
