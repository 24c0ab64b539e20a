import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { HOSTILE, aNotification, anAlert } from '../../test/notifications.js';
import { detectionFinding } from './detection-finding.js';
import { mailHtml, mailText } from './email.channel.js';
import { messageOf } from './message.js';
import { pagerDutyEvent, pagerDutyEvents } from './pagerduty.channel.js';
import { slackMessage, slackText } from './slack.channel.js';
import { syslogHost, syslogMessages } from './syslog.channel.js';
import { teamsBody, teamsMessage, teamsText } from './teams.channel.js';
import { isWebhookSecret, newWebhookSecret, webhookHeaders, webhookPayload } from './webhook.channel.js';

const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;
const hostile = (text: string) =>
  aNotification({
    alerts: [
      anAlert({ title: text, agent: text, user: text, tool: text, connection: text, rule: text, kind: text }),
    ],
  });

describe.each(HOSTILE)('what an attacker wrote: %j', (text) => {
  const notification = hostile(text);
  const message = messageOf(notification);

  it('is text in a mail', () => {
    const html = mailHtml(message);
    expect(
      html.replace(/<\/?(!doctype html|html|body|h2|h3|table|tr|td|p|a)( [a-z]+="[^"<>]*")*>/g, ''),
    ).not.toMatch(/[<>]/);
    expect(message.subject).not.toMatch(/[\r\n]/);
    expect(mailText(message)).not.toMatch(ACTS);
    expect(html).not.toMatch(ACTS);
  });

  it('is no link in a mail or a chat', () => {
    const { link } = notification.alerts[0]!;
    for (const body of [
      mailText(message),
      mailHtml(message),
      JSON.stringify(slackMessage(message)),
      JSON.stringify(teamsMessage(message)),
    ]) {
      const ours = body.replaceAll(link!, '').replaceAll(notification.links.alerts!, '');
      // The header of Slack's is of the kind that makes no links.
      const shown = ours.replace(/\{"type":"plain_text".*?"emoji":false\}/, '');
      expect(shown.replaceAll('http://adaptivecards.io/', '')).not.toMatch(/:\/\/|www\.(?!\u200b)/i);
    }
  });

  it('marks nothing up in Slack', () => {
    // The header is of the kind that knows no markup.
    const { blocks } = slackMessage(message) as { blocks: { text?: { type: string } }[] };
    const shown = JSON.stringify(blocks.filter((block) => block.text?.type !== 'plain_text'));
    expect(slackText(text)).not.toMatch(/[<>]|[*_~`](?!\u200b)|:\/\/(?!\u200b)/);
    expect(shown).not.toContain('<!channel>');
    expect(shown).not.toContain('|click>');
  });

  it('marks nothing up in Teams', () => {
    expect(teamsText(text)).not.toMatch(/(?<!\\)[[\]*_`{}]/);
    expect(JSON.stringify(teamsMessage(message))).not.toMatch(/(?<!\\)\[click\]/);
  });

  it('cannot begin a syslog message of its own', () => {
    const [bytes, ...others] = syslogMessages(notification);
    expect(others).toEqual([]);
    const line = bytes!.toString('utf8');
    expect(line).not.toMatch(/[\r\n]/);
    expect(line).toMatch(
      /^<107>1 2026-03-02T10:00:00\.000Z \S+ portcullis - 0198f5a00000700080000000000000b1 - \uFEFF\{/,
    );
    expect(JSON.parse(line.slice(line.indexOf('\uFEFF') + 1))).toMatchObject({
      class_uid: 2004,
      severity_id: 4,
    });
  });

  it('does not act in a webhook, PagerDuty or OCSF', () => {
    for (const body of [
      webhookPayload(notification),
      JSON.stringify(pagerDutyEvent(notification, 'k')),
      JSON.stringify(detectionFinding(notification.alerts[0]!, notification)),
    ]) {
      expect(JSON.stringify(JSON.parse(body))).not.toMatch(/\\u202e|\\u001b|\\u0000|\u202e/);
    }
  });
});

describe('a message at its largest', () => {
  const wide = (text: string) =>
    aNotification({
      alerts: Array.from({ length: 50 }, () =>
        anAlert({
          title: text,
          agent: text,
          user: text,
          tool: text,
          connection: text,
          rule: text,
          kind: text,
        }),
      ),
      omitted: 9,
    });

  it.each(['*'.repeat(400), '\u{1F600}'.repeat(300), '&'.repeat(400), '東'.repeat(400), 'a'.repeat(400)])(
    'is taken by Teams, which refuses more than 28 kB, and counts what it leaves out: %.8s',
    (text) => {
      const body = teamsBody(wide(text));
      expect(Buffer.byteLength(body)).toBeLessThan(28_000);
      const shown = body.split('"FactSet"').length - 1;
      expect(shown).toBeGreaterThan(0);
      expect(body).toContain(`and ${59 - shown} more`);
    },
  );

  it.each([
    '*'.repeat(400),
    '\u{1F600}'.repeat(300),
    '&'.repeat(400),
    '<!channel>'.repeat(40),
    'a'.repeat(400),
  ])(
    'is taken by Slack, which refuses sections of more than 3,000 characters and more than 50 blocks: %.8s',
    (text) => {
      const { blocks } = slackMessage(messageOf(wide(text))) as {
        blocks: { type: string; text?: { text: string } }[];
      };
      expect(blocks.length).toBeLessThanOrEqual(50);
      expect(blocks[0]!.text!.text.length).toBeLessThanOrEqual(150);
      const sections = blocks.filter(({ type }) => type === 'section').map((block) => block.text!.text);
      expect(sections).toHaveLength(10);
      for (const section of sections) {
        expect(section.length).toBeLessThanOrEqual(3_000);
        // Whole: the link is closed, no escape is cut.
        expect(section).toMatch(/ <https:\/\/portcullis\.example\.com\/alerts\/[^|<>]+\|[^<>]+>\n/);
        expect(section.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
      }
    },
  );

  it.each(['\u{1F600}'.repeat(300), '&'.repeat(400), '"\\'.repeat(200)])(
    'is taken by PagerDuty, which refuses summaries of more than 1,024 characters and more than 512 kB: %.8s',
    (text) => {
      const event = pagerDutyEvent(wide(text), 'r'.repeat(32)) as {
        dedup_key: string;
        payload: { summary: string; source: string };
      };
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512 * 1024);
      expect(event.payload.summary.length).toBeLessThanOrEqual(1_024);
      expect(event.dedup_key.length).toBeLessThanOrEqual(255);
    },
  );

  // Half a character is no JSON to most receivers: they would refuse the message for good.
  it('is never cut within a character, wherever its limit falls', () => {
    for (let before = 0; before < 4; before += 1) {
      const text = `${'a'.repeat(before)}${'\u{1F600}'.repeat(300)}`;
      for (const notification of [wide(text), hostile(text)]) {
        const message = messageOf(notification);
        for (const body of [
          JSON.stringify(slackMessage(message)),
          teamsBody(notification),
          JSON.stringify(pagerDutyEvent(notification, 'k')),
          webhookPayload(notification),
          message.subject,
        ]) {
          expect(body).not.toMatch(/\\ud[89a-f]/i);
        }
      }
    }
  });
});

describe('syslog', () => {
  it.each([
    ['gateway-1.example.com', 'gateway-1.example.com'],
    ['a b\n<13>1 c', 'ab<13>1c'],
    ['東京', '-'],
    ['', '-'],
    ['x'.repeat(300), 'x'.repeat(255)],
  ])('names the host %j as %j', (name, shown) => expect(syslogHost(name)).toBe(shown));

  it('has no structured data, whose quotes and brackets would have to be escaped', () => {
    const [bytes] = syslogMessages(hostile('[x y="]"] \\ forged'));
    const [head] = bytes!.toString('utf8').split('\uFEFF');
    expect(head).toMatch(/^<\d+>1 \S+ \S+ portcullis - \S+ - $/);
  });
});

describe('a message', () => {
  it('says how many alerts there are, of what and where', () => {
    expect(messageOf(aNotification()).subject).toBe(
      '[FIRING:1] github: 300 calls in 5 minutes, three times the usual',
    );
    const two = aNotification({ alerts: [anAlert(), anAlert({ severity: 'critical' })], omitted: 5 });
    expect(messageOf(two)).toMatchObject({
      subject: '[FIRING:7] rate_spike on github',
      severity: 'critical',
      more: 'and 5 more',
    });
    expect(messageOf({ ...two, kind: 'resolved' }).subject).toBe('[RESOLVED] rate_spike on github');
    expect(messageOf(two, 1)).toMatchObject({ more: 'and 6 more', alerts: [{ severity: 'high' }] });
  });
});

describe('a webhook', () => {
  it('is verified by the standard library with either secret of a rotation, and by no other', () => {
    const [current, previous] = [newWebhookSecret(), newWebhookSecret()];
    const body = webhookPayload(aNotification());
    const headers = webhookHeaders({ id: 'msg-1', at: new Date(), body, secrets: [current, previous] });
    for (const secret of [current, previous])
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'alerts.firing' });
    expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow();
    expect(() => new Webhook(current).verify(`${body} `, headers)).toThrow();
  });

  it('stays under 20 kB, and counts what it leaves out', () => {
    const alerts = Array.from({ length: 50 }, (_, n) =>
      anAlert({ id: `a${n}`, title: 'x'.repeat(300), agent: 'é'.repeat(256) }),
    );
    const payload = webhookPayload(aNotification({ alerts, omitted: 3 }));
    expect(Buffer.byteLength(payload)).toBeLessThan(20_000);
    const { data } = JSON.parse(payload) as { data: { alerts: unknown[]; omitted: number } };
    expect(data.alerts.length + data.omitted).toBe(53);
    expect(data.alerts.length).toBeGreaterThan(5);
  });

  it.each([
    [newWebhookSecret(), true],
    ['whsec_dG9vIHNob3J0', false],
    ['secret', false],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
    ['whsec_****', false],
  ])('takes %j as a secret: %j', (secret, expected) => {
    expect(isWebhookSecret(secret)).toBe(expected);
  });
});

describe('PagerDuty', () => {
  it('has one incident for a group: triggered, acknowledged and resolved by one key', () => {
    const key = (event: object) => (event as { dedup_key: string }).dedup_key;
    const fires = pagerDutyEvent(aNotification(), 'routing');
    const acknowledged = pagerDutyEvent(
      aNotification({ alerts: [anAlert({ state: 'acknowledged' })] }),
      'routing',
    );
    const ends = pagerDutyEvent(
      aNotification({ kind: 'resolved', alerts: [anAlert({ state: 'resolved' })] }),
      'routing',
    );
    expect(
      [fires, acknowledged, ends].map((event) => (event as { event_action: string }).event_action),
    ).toEqual(['trigger', 'acknowledge', 'resolve']);
    expect(new Set([fires, acknowledged, ends].map(key)).size).toBe(1);
    expect(key(pagerDutyEvent(aNotification({ groupKey: 'other' }), 'routing'))).not.toBe(key(fires));
    expect(fires).toMatchObject({ routing_key: 'routing', payload: { severity: 'error', source: 'github' } });
  });

  it('ends the incidents its alerts were in before, and the one of a digest only when it is over', () => {
    const told = (over: object) =>
      pagerDutyEvents(aNotification({ groupKey: 'digest', ...over }), 'routing').map((event) => {
        const { event_action: action, dedup_key: key } = event as { event_action: string; dedup_key: string };
        return [action, key];
      });
    const [[, digest] = []] = told({ ends: [] });
    const [[, own] = []] = told({ groupKey: 'g1' });
    expect(told({ ends: ['g1'] })).toEqual([
      ['trigger', digest],
      ['resolve', own],
    ]);
    expect(told({ kind: 'resolved', ends: ['g1'] })).toEqual([['resolve', own]]);
    expect(told({ kind: 'resolved', ends: ['digest'] })).toEqual([['resolve', digest]]);
    expect(told({ kind: 'resolved', ends: [] })).toEqual([]);
    // Queued before notifications said what ends with them.
    expect(told({ kind: 'resolved' })).toEqual([['resolve', digest]]);
  });
});
