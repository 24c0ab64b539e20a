import { createHash } from 'node:crypto';
import type { AlertSeverity } from '@portcullis/contracts';
import { DIGEST, type Notification } from '../delivery/notification.js';
import type { Channel, ChannelTarget, SendResult } from './channel.js';
import { messageOf } from './message.js';
import { plainText, sliceWhole } from './plain-text.js';
import type { ReceiverHttp } from './receiver-http.js';

const ENDPOINTS = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;
const SEVERITIES = {
  info: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
} as const satisfies Record<AlertSeverity, string>;

/** PagerDuty Events API v2. A group of alerts is one incident: what fires triggers it, and its end resolves it. */
export class PagerDutyChannel implements Channel {
  readonly type = 'pagerduty';

  constructor(
    private readonly http: Pick<ReceiverHttp, 'post'>,
    private readonly endpoints: Record<'us' | 'eu', string> = ENDPOINTS,
  ) {}

  async send(notification: Notification, target: ChannelTarget): Promise<SendResult> {
    const { settings, secrets } = target as ChannelTarget<{ region: 'us' | 'eu' }>;
    let result: SendResult = { kind: 'delivered', status: null, response: null };
    // One that was taken already is taken again when a later one fails: PagerDuty knows it by its key.
    for (const event of pagerDutyEvents(notification, secrets[0] ?? '')) {
      result = await this.http.post({ url: this.endpoints[settings.region], body: JSON.stringify(event) });
      if (result.kind !== 'delivered') break;
    }
    return result;
  }
}

/** What it tells, then the ends of incidents its alerts were told in before. */
export function pagerDutyEvents(notification: Notification, routingKey: string): object[] {
  const { kind, groupKey, ends } = notification;
  // Of a digest, only what is left of it tells whether it is over.
  const own = kind !== 'resolved' || groupKey !== DIGEST || ends === undefined;
  return [
    ...(own ? [pagerDutyEvent(notification, routingKey)] : []),
    ...(ends ?? []).map((key) => resolved(notification, key, routingKey)),
  ];
}

function resolved(notification: Notification, groupKey: string, routingKey: string): object {
  return { routing_key: routingKey, dedup_key: dedupKeyOf(notification, groupKey), event_action: 'resolve' };
}

function dedupKeyOf({ tenantId, channelId }: Notification, groupKey: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenantId, channelId, groupKey]))
    .digest('hex');
}

export function pagerDutyEvent(notification: Notification, routingKey: string): object {
  const { groupKey, kind, createdAt, links } = notification;
  const message = messageOf(notification, 20);
  const acknowledged =
    notification.alerts.length > 0 && notification.alerts.every(({ state }) => state === 'acknowledged');
  if (kind === 'resolved') return resolved(notification, groupKey, routingKey);
  const event = { routing_key: routingKey, dedup_key: dedupKeyOf(notification, groupKey) };
  if (kind === 'firing' && acknowledged) return { ...event, event_action: 'acknowledge' };
  return {
    ...event,
    event_action: 'trigger',
    client: 'Portcullis',
    ...(links.alerts === null ? {} : { client_url: links.alerts }),
    links: message.alerts.flatMap(({ link, title }) => (link === null ? [] : [{ href: link, text: title }])),
    payload: {
      summary: sliceWhole(message.subject, 1_024),
      source: plainText(notification.alerts[0]?.connection ?? 'portcullis', 255),
      severity: SEVERITIES[message.severity],
      timestamp: createdAt,
      component: 'portcullis',
      custom_details: {
        alerts: message.alerts.map(({ title, severity, facts }) => ({
          title,
          severity,
          ...Object.fromEntries(facts),
        })),
        ...(message.more === null ? {} : { more: message.more }),
      },
    },
  };
}
