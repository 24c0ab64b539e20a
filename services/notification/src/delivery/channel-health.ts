import type { ChannelHealth } from '../channels/channel-record.js';
import type { SendResult } from '../channels/channel.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** Failures in a row that open the circuit. */
const OPENS_AT = 5;
const FIRST_PAUSE_MS = 30 * SECOND;
const LONGEST_PAUSE_MS = HOUR;
/** After this the organization is told over another channel; after that the channel is stopped. */
const TELL_AFTER_MS = 24 * HOUR;
const STOP_AFTER_MS = 120 * HOUR;

export interface HealthChange {
  readonly health: ChannelHealth;
  /** It worked again after it had failed: what waits for it is tried at once. */
  readonly recovered: boolean;
  readonly stopped: boolean;
  /** The organization is to be told that it fails. */
  readonly tell: boolean;
}

/**
 * A channel after one more attempt: a circuit breaker that opens after five failures in a row, for 30 seconds, then twice
 * as long each time up to an hour; one attempt tries it when a pause is over.
 */
export function afterAttempt(before: ChannelHealth, result: SendResult, now: Date): HealthChange {
  if (result.kind === 'delivered') {
    const health = {
      ...before,
      failures: 0,
      failingSince: null,
      retryAt: null,
      failureToldAt: null,
      lastDeliveredAt: now,
    };
    return { health, recovered: before.failures > 0, stopped: false, tell: false };
  }
  const failures = before.failures + 1;
  const failingSince = before.failingSince ?? now;
  const failingMs = now.getTime() - failingSince.getTime();
  const stopped = !before.stopped && (result.kind === 'gone' || failingMs >= STOP_AFTER_MS);
  const tell = before.failureToldAt === null && (stopped || failingMs >= TELL_AFTER_MS);
  const health: ChannelHealth = {
    ...before,
    failures,
    failingSince,
    lastFailedAt: now,
    lastError: result.error,
    retryAt: failures < OPENS_AT ? null : new Date(now.getTime() + pauseMs(failures)),
    stopped: before.stopped || stopped,
    failureToldAt: tell ? now : before.failureToldAt,
  };
  return { health, recovered: false, stopped, tell };
}

export function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, failures - OPENS_AT));
}
