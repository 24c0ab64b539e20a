import { createTransport, type Transporter } from 'nodemailer';
import type { Notification } from '../delivery/notification.js';
import type { Channel, ChannelTarget, SendResult } from './channel.js';
import { messageOf, type Message } from './message.js';
import { plainText, unlinked } from './plain-text.js';

export interface MailServer {
  /** `smtp://user:password@host:port` or `smtps://`. The deployment's own setting, not an organization's. */
  readonly url: string;
  /** `Portcullis <alerts@example.com>`. */
  readonly from: string;
}

/** To connect, to be greeted, and between two answers. */
const TIMEOUT_MS = 10_000;
/** Altogether: a server may answer a little at a time. */
const TOTAL_MS = 18_000;

/** Mail by the deployment's server. Sent again, it has the same Message-ID, which mailboxes show once. */
export class EmailChannel implements Channel {
  readonly type = 'email';
  private readonly transport: Transporter | null;

  constructor(private readonly server: MailServer | null) {
    this.transport =
      server === null
        ? null
        : createTransport({
            url: server.url,
            connectionTimeout: TIMEOUT_MS,
            greetingTimeout: TIMEOUT_MS,
            socketTimeout: TIMEOUT_MS,
            disableFileAccess: true,
            disableUrlAccess: true,
          });
  }

  async send(notification: Notification, target: ChannelTarget): Promise<SendResult> {
    const { settings } = target as ChannelTarget<{ to: string[] }>;
    if (this.transport === null || this.server === null) {
      return { kind: 'refused', error: 'delivery.no_mail_server', status: null, response: null };
    }
    const message = messageOf(notification, 50);
    const domain = /@([A-Za-z0-9.-]+)/.exec(this.server.from)?.[1] ?? 'portcullis.invalid';
    try {
      const sending = this.transport.sendMail({
        from: this.server.from,
        to: settings.to,
        subject: message.subject,
        messageId: `<${notification.id}@${domain}>`,
        // One thread for a group, whatever its subjects are.
        references: `<${plainText(notification.channelId, 64)}.${threadOf(notification)}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Portcullis-Notification': notification.id },
        text: mailText(message),
        html: mailHtml(message),
      });
      const sent = (await withinTime(sending)) as { response?: string };
      return {
        kind: 'delivered',
        status: replyCode(sent.response),
        response: plainText(sent.response ?? '', 1_000),
      };
    } catch (error) {
      return mailFailure(error);
    }
  }

  close(): void {
    this.transport?.close();
  }
}

async function withinTime<Sent>(sending: Promise<Sent>): Promise<Sent> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })), TOTAL_MS);
  });
  return Promise.race([sending, late]).finally(() => clearTimeout(timer));
}

function threadOf({ groupKey }: Notification): string {
  return Buffer.from(groupKey).toString('hex').slice(0, 64);
}

export function mailText({ subject, alerts, more, link }: Message): string {
  const parts = alerts.map(({ title, severity, facts, link: at }) =>
    [
      `${severity.toUpperCase()}  ${unlinked(title)}`,
      ...facts.map(([name, value]) => `  ${name}: ${unlinked(value)}`),
      ...(at === null ? [] : [`  ${at}`]),
    ].join('\n'),
  );
  return [
    unlinked(subject),
    ...parts,
    ...(more === null ? [] : [more]),
    ...(link === null ? [] : [`All alerts: ${link}`]),
  ].join('\n\n');
}

export function mailHtml({ subject, alerts, more, link }: Message): string {
  const rows = alerts.map(
    ({
      title,
      severity,
      facts,
      link: at,
    }) => `<h3 style="margin:16px 0 4px">${escaped(severity.toUpperCase())} · ${anchor(at, unlinked(title))}</h3>
<table cellpadding="2" style="font-size:14px">${facts
      .map(
        ([name, value]) =>
          `<tr><td style="color:#666;padding-right:12px">${escaped(name)}</td><td>${escaped(unlinked(value))}</td></tr>`,
      )
      .join('')}</table>`,
  );
  return `<!doctype html><html><body style="font-family:sans-serif"><h2>${escaped(unlinked(subject))}</h2>${rows.join('\n')}${
    more === null ? '' : `<p>${escaped(more)}</p>`
  }${link === null ? '' : `<p>${anchor(link, 'All alerts')}</p>`}</body></html>`;
}

function anchor(link: string | null, text: string): string {
  return link === null ? escaped(text) : `<a href="${escaped(link)}">${escaped(text)}</a>`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** 4yz may succeed later, 5yz will not (RFC 5321, 4.2.1); without a reply the server could not be reached. */
function mailFailure(error: unknown): SendResult {
  const { responseCode, code, response } = error as {
    responseCode?: number;
    code?: string;
    response?: string;
  };
  const status = responseCode ?? null;
  const shown = response === undefined ? null : plainText(response, 1_000);
  // The deployment's own password is wrong: that is put right there, and no mail is at fault.
  if (code === 'EAUTH')
    return { kind: 'retry', error: 'delivery.mail_login', status, response: null, retryAfterMs: null };
  if (status !== null && status >= 500)
    return { kind: 'refused', error: `delivery.smtp_${status}`, status, response: shown };
  const name =
    status !== null
      ? `delivery.smtp_${status}`
      : code === 'ETIMEDOUT'
        ? 'delivery.timeout'
        : 'delivery.unreachable';
  return { kind: 'retry', error: name, status, response: shown, retryAfterMs: null };
}

function replyCode(response: string | undefined): number | null {
  const code = Number(response?.slice(0, 3));
  return Number.isInteger(code) && code >= 200 ? code : null;
}
