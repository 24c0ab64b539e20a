import type { Notification } from '../delivery/notification.js';
import type { Channel, ChannelTarget, SendResult } from './channel.js';
import { messageOf, type Message } from './message.js';
import { unlinked } from './plain-text.js';
import type { ReceiverHttp } from './receiver-http.js';

/** Microsoft Teams by a Workflows webhook ("When a Teams webhook request is received"). The address is the secret. */
export class TeamsChannel implements Channel {
  readonly type = 'teams';

  constructor(private readonly http: Pick<ReceiverHttp, 'post'>) {}

  async send(notification: Notification, { secrets }: ChannelTarget): Promise<SendResult> {
    return this.http.post({
      url: secrets[0] ?? '',
      body: teamsBody(notification),
    });
  }
}

/** Teams refuses messages of more than 28 kB, for good. */
const LIMIT_BYTES = 27_000;

/** Fewer alerts, and a larger count of the rest, until it is short enough: long names must not silence an alert. */
export function teamsBody(notification: Notification): string {
  for (let shown = 10; ; shown -= 1) {
    const body = JSON.stringify(teamsMessage(messageOf(notification, shown)));
    if (shown === 0 || Buffer.byteLength(body) <= LIMIT_BYTES) return body;
  }
}

const COLOURS = {
  info: 'default',
  low: 'accent',
  medium: 'warning',
  high: 'warning',
  critical: 'attention',
} as const;

/** An Adaptive Card 1.4 in the envelope Workflows expects. */
export function teamsMessage(message: Message): object {
  const body = [
    { type: 'TextBlock', text: teamsText(message.subject), weight: 'bolder', size: 'medium', wrap: true },
    ...message.alerts.flatMap((alert) => [
      {
        type: 'TextBlock',
        text: `${alert.severity}: ${teamsText(alert.title)}`,
        color: COLOURS[alert.severity],
        wrap: true,
        spacing: 'medium',
      },
      { type: 'FactSet', facts: alert.facts.map(([title, value]) => ({ title, value: teamsText(value) })) },
    ]),
    ...(message.more === null ? [] : [{ type: 'TextBlock', text: message.more, isSubtle: true }]),
  ];
  const actions =
    message.link === null ? [] : [{ type: 'Action.OpenUrl', title: 'Open in Portcullis', url: message.link }];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body,
          actions,
        },
      },
    ],
  };
}

/** Cards read a subset of Markdown and `{{DATE()}}`-like functions; neither is left in what somebody else wrote. */
export function teamsText(text: string): string {
  return unlinked(text).replace(/([\\`*_{}[\]()#+!|<>~-])/g, '\\$1');
}
