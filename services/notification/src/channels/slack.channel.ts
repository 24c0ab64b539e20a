import type { Notification } from '../delivery/notification.js';
import type { Channel, ChannelTarget, SendResult } from './channel.js';
import { messageOf, type Message, type MessageAlert } from './message.js';
import { sliceWhole, unlinked } from './plain-text.js';
import type { ReceiverHttp } from './receiver-http.js';

/** Slack's incoming webhooks. The address is the secret. */
export class SlackChannel implements Channel {
  readonly type = 'slack';

  constructor(private readonly http: Pick<ReceiverHttp, 'post'>) {}

  async send(notification: Notification, { secrets }: ChannelTarget): Promise<SendResult> {
    return this.http.post({
      url: secrets[0] ?? '',
      body: JSON.stringify(slackMessage(messageOf(notification))),
    });
  }
}

const MARKS = { info: '⚪', low: '🔵', medium: '🟡', high: '🟠', critical: '🔴' } as const;

export function slackMessage(message: Message): object {
  const text = slackText(message.subject);
  const blocks = [
    // `plain_text` has no markup at all; a header holds 150 characters.
    { type: 'header', text: { type: 'plain_text', text: sliceWhole(message.subject, 150), emoji: false } },
    ...message.alerts.map((alert) => ({
      type: 'section',
      text: { type: 'mrkdwn', text: section(alert), verbatim: true },
    })),
    ...closing(message),
  ];
  return { text, blocks, unfurl_links: false, unfurl_media: false };
}

/** Slack refuses a message with a longer section, for good. */
const SECTION_LIMIT = 3_000;

/** Facts that do not fit are left out whole: a cut through an escape would show as what it is made of. */
function section(alert: MessageAlert): string {
  const title = alert.link === null ? slackText(alert.title) : `<${alert.link}|${slackText(alert.title)}>`;
  let text = `${MARKS[alert.severity]} *${alert.severity}* ${title}\n`;
  let separator = '';
  for (const [name, value] of alert.facts) {
    const fact = `${separator}${name}: ${slackText(value)}`;
    if (text.length + fact.length > SECTION_LIMIT) continue;
    text += fact;
    separator = ' · ';
  }
  return text;
}

function closing({ more, link }: Message): object[] {
  const parts = [
    ...(more === null ? [] : [more]),
    ...(link === null ? [] : [`<${link}|Open in Portcullis>`]),
  ];
  return parts.length === 0
    ? []
    : [{ type: 'context', elements: [{ type: 'mrkdwn', text: parts.join(' · ') }] }];
}

/**
 * What Slack's own three escapes leave is still mrkdwn: a zero-width space behind each mark keeps it from pairing, and
 * breaks mentions and bare addresses, too.
 */
export function slackText(text: string): string {
  return unlinked(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`@#|]/g, '$&\u200b');
}
