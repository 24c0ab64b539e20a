import type { ChannelType, DeliveryStatus } from '@portcullis/contracts';
import type { Database, SqlSession } from '@portcullis/postgres';
import type { ChannelSecrets } from '../channels/channel-secrets.js';
import type { ChannelRecord } from '../channels/channel-record.js';
import { channelStore } from '../channels/channel-store.js';
import type { Channel, SendResult } from '../channels/channel.js';
import { withoutSecrets } from '../channels/without-secrets.js';
import { NOTIFICATION_ACTOR, type EventOutbox, type OutgoingEvent } from '../outbox/event-outbox.js';
import { afterAttempt, type HealthChange } from './channel-health.js';
import { channelFailure } from './channel-failure.js';
import type { Delivery } from './delivery.js';
import { deliveryStore } from './delivery-store.js';
import type { NotificationQueue } from './notification.js';
import { nextDelayMs } from './retry-schedule.js';

export interface DeliveryEvents {
  attempted(channelType: ChannelType, outcome: SendResult['kind'], latencyMs: number): void;
}

export interface DeliveryWorkerOptions {
  readonly database: Pick<Database, 'transaction' | 'query'>;
  readonly channels: Readonly<Record<ChannelType, Channel>>;
  readonly secrets: ChannelSecrets;
  readonly outbox: Pick<EventOutbox, 'publish'>;
  readonly queue: NotificationQueue;
  readonly now: () => Date;
  readonly newId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: DeliveryEvents;
  /** Under which number claims are made: what `SenderPresence` shows others. Without it only their time limits them. */
  readonly presence?: { readonly number: number | null };
  /** Longest attempt, shorter than a claim; a receiver that keeps a sender busy for longer has not answered. */
  readonly attemptMs?: number;
}

/** Longer than the longest attempt: a worker that still lives has recorded it by then, whether or not that shows. */
const CLAIM_MS = 60_000;
const ATTEMPT_MS = 45_000;
const AT_ONCE = 50;

/**
 * Sends what is due and records how it went, at least once: a worker that dies between the two leaves the notification to
 * the next one, which sends it under the same id.
 */
export class DeliveryWorker {
  readonly #underWay = new Map<Promise<void>, string>();

  constructor(private readonly options: DeliveryWorkerOptions) {}

  /** One round, to its end; answers how many attempts were made. Safe to run in any number of processes at once. */
  async run(): Promise<number> {
    const begun = await this.begin();
    const ended = await Promise.allSettled(begun);
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return begun.length;
  }

  /** Begins what is due and waits for none of it: a receiver that hangs must not keep the others waiting. */
  async begin(): Promise<readonly Promise<void>[]> {
    const { database, now, presence } = this.options;
    const room = AT_ONCE - this.#underWay.size;
    if (room <= 0) return [];
    const sender = presence?.number ?? null;
    const claimed = await database.transaction((session) =>
      deliveryStore.claim(session, now(), { leaseMs: CLAIM_MS, limit: room, sender }),
    );
    return claimed.map((delivery) => {
      const attempt = this.attempt(delivery).finally(() => this.#underWay.delete(attempt));
      this.#underWay.set(attempt, delivery.id);
      return attempt;
    });
  }

  /** Gives up what senders that are gone had in hand, so that it is due again. */
  async releaseAbandoned(): Promise<void> {
    await this.options.database.transaction((session) =>
      deliveryStore.releaseAbandoned(session, [...this.#underWay.values()]),
    );
  }

  /** Resolves when what is under way has ended and is recorded. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.keys());
  }

  private async attempt(delivery: Delivery): Promise<void> {
    const { database, channels, events, now } = this.options;
    const channel = await database.transaction((session) =>
      channelStore.find(session, delivery.tenantId, delivery.channelId),
    );
    // Deleted since: there is nobody to send it to.
    if (channel === null)
      return database.transaction((session) => deliveryStore.abandon(session, delivery.channelId, now()));
    const begun = performance.now();
    const result = await this.send(channels[channel.type], channel, delivery);
    const latencyMs = Math.round((performance.now() - begun) * 10) / 10;
    events.attempted(channel.type, result.kind, latencyMs);
    await database.transaction((session) => this.record(session, delivery, result, latencyMs));
  }

  private async send(sender: Channel, channel: ChannelRecord, delivery: Delivery): Promise<SendResult> {
    const { secrets, now } = this.options;
    let opened: string[];
    try {
      opened = secrets.open(channel, now());
    } catch {
      return { kind: 'refused', error: 'delivery.secret_unreadable', status: null, response: null };
    }
    const target = { settings: channel.settings, secrets: opened };
    const sending = sender.send(delivery.notification, target, now());
    const result = await withinTime(sending, this.options.attemptMs ?? ATTEMPT_MS);
    return { ...result, response: withoutSecrets(result.response, target) };
  }

  private async record(
    session: SqlSession,
    delivery: Delivery,
    result: SendResult,
    latencyMs: number,
  ): Promise<void> {
    const { outbox, now, random } = this.options;
    const at = now();
    const delay =
      result.kind === 'retry' ? nextDelayMs(delivery.step + 1, result.retryAfterMs, random()) : null;
    const status: DeliveryStatus =
      result.kind === 'delivered' ? 'delivered' : delay === null ? 'dead' : 'retrying';
    const attempt = {
      at: at.toISOString(),
      ok: result.kind === 'delivered',
      status: result.status,
      latencyMs,
      error: result.kind === 'delivered' ? null : result.error,
      response: result.response,
    };
    const nextAttemptAt = delay === null ? null : new Date(at.getTime() + delay);
    const change = { attempt, status, nextAttemptAt, now: at };
    if (!(await deliveryStore.record(session, delivery, change))) return;
    const published: OutgoingEvent[] = eventsOf(delivery, result, status, latencyMs, at);
    const channel = await channelStore.find(session, delivery.tenantId, delivery.channelId, true);
    if (channel !== null) {
      const after = afterAttempt(channel.health, result, at);
      await channelStore.saveHealth(session, channel.id, after.health);
      if (after.recovered) await deliveryStore.hasten(session, channel.id, at);
      if (after.stopped) {
        await deliveryStore.abandon(session, channel.id, at);
        published.push(stoppedEvent(channel, after.health.lastError ?? 'delivery.failed', at));
      }
      if (after.tell) await this.tellOfFailure(session, channel, after, at);
    }
    await outbox.publish(session, published);
  }

  private async tellOfFailure(
    session: SqlSession,
    channel: ChannelRecord,
    change: HealthChange,
    at: Date,
  ): Promise<void> {
    const { queue, newId } = this.options;
    const other = await channelStore.otherThan(session, channel.tenantId, channel.id);
    if (other !== null)
      await queue.enqueue(
        session,
        channelFailure(channel, change.health, { id: newId(), channelId: other, at }),
      );
  }
}

/** Senders have limits of their own; this one holds where a receiver answers a little at a time. */
async function withinTime(sending: Promise<SendResult>, ms: number): Promise<SendResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SendResult>((resolve) => {
    const result = { kind: 'retry', error: 'delivery.timeout', status: null, response: null } as const;
    timer = setTimeout(() => resolve({ ...result, retryAfterMs: null }), ms);
  });
  return Promise.race([sending, late]).finally(() => clearTimeout(timer));
}

function eventsOf(
  delivery: Delivery,
  result: SendResult,
  status: DeliveryStatus,
  latencyMs: number,
  at: Date,
): OutgoingEvent[] {
  const { notification } = delivery;
  const facts = {
    deliveryId: delivery.id,
    channelId: delivery.channelId,
    channelName: delivery.channelName,
    channelType: delivery.channelType,
    notificationKind: notification.kind,
    alertIds: notification.alerts.map(({ id }) => id),
    attempts: delivery.attemptCount + 1,
  };
  const envelope = {
    tenantId: delivery.tenantId,
    stream: `delivery-${delivery.id}`,
    actor: NOTIFICATION_ACTOR,
    occurredAt: at,
  };
  if (status === 'delivered')
    return [{ ...envelope, type: 'NotificationDelivered', data: { ...facts, latencyMs } }];
  if (status === 'dead' && result.kind !== 'delivered') {
    return [{ ...envelope, type: 'NotificationDeadLettered', data: { ...facts, error: result.error } }];
  }
  return [];
}

function stoppedEvent(channel: ChannelRecord, error: string, at: Date): OutgoingEvent {
  return {
    type: 'ChannelStopped',
    data: {
      channelId: channel.id,
      name: channel.name,
      channelType: channel.type,
      enabled: channel.enabled,
      error,
    },
    tenantId: channel.tenantId,
    stream: `channel-${channel.id}`,
    actor: NOTIFICATION_ACTOR,
    occurredAt: at,
  };
}
