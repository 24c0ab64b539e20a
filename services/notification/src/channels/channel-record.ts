import type { ChannelType, ChannelView } from '@portcullis/contracts';
import type { Sealed } from '@portcullis/service';

/** A channel as it is kept. Times are Dates; the secrets stay sealed until something is sent. */
export interface ChannelRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly type: ChannelType;
  readonly enabled: boolean;
  readonly settings: Record<string, unknown>;
  readonly secret: Sealed | null;
  /** Until `previousUntil`, a webhook is signed with this, too. */
  readonly previousSecret: Sealed | null;
  readonly previousUntil: Date | null;
  readonly secretRotatedAt: Date | null;
  readonly health: ChannelHealth;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ChannelHealth {
  /** Attempts that failed one after another, and since when. */
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly lastDeliveredAt: Date | null;
  readonly lastFailedAt: Date | null;
  readonly lastError: string | null;
  /** Nothing is tried before this. */
  readonly retryAt: Date | null;
  readonly stopped: boolean;
  readonly failureToldAt: Date | null;
}

export const HEALTHY: ChannelHealth = {
  failures: 0,
  failingSince: null,
  lastDeliveredAt: null,
  lastFailedAt: null,
  lastError: null,
  retryAt: null,
  stopped: false,
  failureToldAt: null,
};

export function channelView(channel: ChannelRecord, now: Date): ChannelView {
  const { health } = channel;
  const paused = health.retryAt !== null && health.retryAt > now;
  return {
    id: channel.id,
    name: channel.name,
    type: channel.type,
    enabled: channel.enabled,
    settings: channel.settings,
    hasSecret: channel.secret !== null,
    secretRotatedAt: iso(channel.secretRotatedAt),
    health: {
      state: health.stopped ? 'stopped' : paused ? 'paused' : health.failures > 0 ? 'failing' : 'ok',
      failures: health.failures,
      lastDeliveredAt: iso(health.lastDeliveredAt),
      lastFailedAt: iso(health.lastFailedAt),
      lastError: health.lastError,
      retryAt: paused ? iso(health.retryAt) : null,
    },
    createdAt: channel.createdAt.toISOString(),
    updatedAt: channel.updatedAt.toISOString(),
  };
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
