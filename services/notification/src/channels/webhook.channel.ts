import { createHmac, randomBytes } from 'node:crypto';
import type { Notification } from '../delivery/notification.js';
import type { Channel, ChannelTarget, SendResult } from './channel.js';
import { plainText } from './plain-text.js';
import type { ReceiverHttp } from './receiver-http.js';

const PREFIX = 'whsec_';
const SECRET = /^whsec_[A-Za-z0-9+/]+={0,2}$/;
/** Standard Webhooks asks for payloads under 20 kB. */
const PAYLOAD_LIMIT = 20_000;

/** Standard Webhooks (standardwebhooks.com), signature scheme `v1`: HMAC-SHA256 over id, time and body. */
export class WebhookChannel implements Channel {
  readonly type = 'webhook';

  constructor(private readonly http: Pick<ReceiverHttp, 'post'>) {}

  async send(notification: Notification, target: ChannelTarget, now: Date): Promise<SendResult> {
    const { settings, secrets } = target as ChannelTarget<{ url: string }>;
    const body = webhookPayload(notification);
    const headers = webhookHeaders({ id: notification.id, at: now, body, secrets });
    return this.http.post({ url: settings.url, headers, body });
  }
}

export function newWebhookSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/** `whsec_` and the base64 of 24 to 64 bytes. */
export function isWebhookSecret(secret: string): boolean {
  const { length } = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return SECRET.test(secret) && length >= 24 && length <= 64;
}

export function webhookHeaders(message: {
  readonly id: string;
  readonly at: Date;
  readonly body: string;
  readonly secrets: readonly string[];
}): Record<string, string> {
  const { id, at, body, secrets } = message;
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** Thin: what happened and where to look, never arguments. Alerts are left out, and counted, until it is short enough. */
export function webhookPayload(notification: Notification): string {
  const { id, kind, groupKey, createdAt, links } = notification;
  const alerts = notification.alerts.map((alert) => ({
    ...alert,
    title: plainText(alert.title),
    ...Object.fromEntries(
      (['kind', 'connection', 'agent', 'user', 'tool', 'rule'] as const).map((name) => {
        const text = alert[name];
        return [name, text === null ? null : plainText(text, 256)];
      }),
    ),
  }));
  for (let count = alerts.length; ; count -= 1) {
    const omitted = notification.omitted + alerts.length - count;
    const data = {
      notificationId: id,
      groupKey: plainText(groupKey, 1_000),
      alerts: alerts.slice(0, count),
      omitted,
      links,
    };
    const payload = JSON.stringify({ type: `alerts.${kind}`, timestamp: createdAt, data });
    if (count === 0 || Buffer.byteLength(payload) < PAYLOAD_LIMIT) return payload;
  }
}
