import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { throwawayFolder } from '@portcullis/testing';
import { generate } from 'selfsigned';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { AT, aNotification, anAlert, HOSTILE } from '../../test/notifications.js';
import {
  startHttpReceiver,
  startMailServer,
  startSyslogReceiver,
  type Behaviour,
} from '../../test/receivers.js';
import { EmailChannel } from './email.channel.js';
import { PagerDutyChannel } from './pagerduty.channel.js';
import { ReceiverHttp } from './receiver-http.js';
import { SlackChannel } from './slack.channel.js';
import { SyslogChannel } from './syslog.channel.js';
import { TeamsChannel } from './teams.channel.js';
import { newWebhookSecret, WebhookChannel } from './webhook.channel.js';

const BUILT = new URL('../../dist/channels/syslog.channel.js', import.meta.url).href;

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function receiverHttp(options: Partial<ConstructorParameters<typeof ReceiverHttp>[0]> = {}) {
  const http = new ReceiverHttp({ allowPrivate: true, totalTimeoutMs: 1_000, ...options });
  cleanups.push(() => http.close());
  return http;
}
async function httpReceiver() {
  const receiver = await startHttpReceiver();
  cleanups.push(() => receiver.stop());
  return receiver;
}

describe('a receiver over HTTP', () => {
  it('gets a webhook it can verify, with the id of the notification', async () => {
    const receiver = await httpReceiver();
    const secret = newWebhookSecret();
    const now = new Date();
    const result = await new WebhookChannel(receiverHttp()).send(
      aNotification(),
      { settings: { url: receiver.url }, secrets: [secret] },
      now,
    );
    expect(result).toEqual({ kind: 'delivered', status: 200, response: 'taken' });
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'alerts.firing',
      timestamp: AT,
    });
    expect(headers).toMatchObject({ 'webhook-id': aNotification().id, 'content-type': 'application/json' });
  });

  const cases: [Behaviour, object][] = [
    ['hang', { kind: 'retry', error: 'delivery.timeout', status: null }],
    ['redirect', { kind: 'retry', error: 'delivery.http_302', status: 302 }],
    ['fail', { kind: 'retry', error: 'delivery.http_500', status: 500, response: '<b>broken</b>\u{FFFD}' }],
    ['gone', { kind: 'gone', status: 410 }],
    ['refuse', { kind: 'refused', error: 'delivery.http_400', response: 'no such thing' }],
    ['busy', { kind: 'retry', status: 429, retryAfterMs: 120_000 }],
    ['close', { kind: 'retry', error: 'delivery.unreachable', status: null }],
    // It said yes; how long it then talks is its own affair.
    ['flood', { kind: 'delivered', status: 200 }],
  ];
  it.each(cases)('that does %s is understood', async (behaviour, expected) => {
    const receiver = await httpReceiver();
    receiver.becomes(behaviour);
    const sent = new SlackChannel(receiverHttp()).send(aNotification(), {
      settings: {},
      secrets: [receiver.url],
    });
    expect(await sent).toMatchObject(expected);
    // Nobody was asked again, least of all where a redirect led.
    expect(receiver.received).toHaveLength(1);
  });

  it('is not there', async () => {
    const receiver = await httpReceiver();
    await receiver.stop();
    cleanups.pop();
    const result = await new TeamsChannel(receiverHttp()).send(aNotification(), {
      settings: {},
      secrets: [receiver.url],
    });
    expect(result).toMatchObject({ kind: 'retry', error: 'delivery.unreachable' });
  });

  it('is not asked at all where private addresses are not allowed', async () => {
    const receiver = await httpReceiver();
    const http = receiverHttp({ allowPrivate: false });
    for (const url of [
      receiver.url,
      receiver.url.replace('127.0.0.1', 'localhost'),
      receiver.url.replace('http:', 'https:'),
    ]) {
      expect(await http.post({ url, body: '{}' })).toMatchObject({
        kind: 'refused',
        error: 'delivery.address_refused',
      });
    }
    expect(receiver.received).toEqual([]);
  });

  it.each([
    [false, 'https', ['127.0.0.1']],
    [false, 'https', ['93.184.216.34', '127.0.0.1']],
    [false, 'https', ['::ffff:10.0.0.1']],
    [true, 'http', ['169.254.169.254']],
    [true, 'http', ['fd00:ec2::254']],
  ])(
    'is not asked when its name leads elsewhere (private allowed: %j, %s, %j)',
    async (allowPrivate, scheme, addresses) => {
      const receiver = await httpReceiver();
      let asked = 0;
      const http = receiverHttp({
        allowPrivate,
        lookup: (_, __, callback) => {
          asked += 1;
          callback(
            null,
            addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
          );
        },
      });
      const port = allowPrivate ? `:${new URL(receiver.url).port}` : '';
      expect(await http.post({ url: `${scheme}://hooks.example.com${port}/x`, body: '{}' })).toMatchObject({
        kind: 'refused',
        error: 'delivery.address_refused',
      });
      expect(asked).toBe(1);
      expect(receiver.received).toEqual([]);
    },
  );

  it('gets an incident by PagerDuty’s protocol', async () => {
    const receiver = await httpReceiver();
    const channel = new PagerDutyChannel(receiverHttp(), { us: receiver.url, eu: 'http://127.0.0.1:1' });
    const target = { settings: { region: 'us' }, secrets: ['r'.repeat(32)] };
    expect(await channel.send(aNotification(), target)).toMatchObject({ kind: 'delivered' });
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      routing_key: 'r'.repeat(32),
      event_action: 'trigger',
    });
  });
});

describe('a mailbox', () => {
  const target = { settings: { to: ['soc@example.com', 'ana@example.com'] }, secrets: [] };

  it('gets one message, whoever wrote the names in it, and the same Message-ID again', async () => {
    const server = await startMailServer();
    cleanups.push(() => server.stop());
    const channel = new EmailChannel({ url: server.url, from: 'Portcullis <alerts@example.com>' });
    cleanups.push(() => channel.close());
    const hostile = aNotification({ alerts: HOSTILE.map((title) => anAlert({ title, agent: title })) });
    expect(await channel.send(hostile, target)).toMatchObject({ kind: 'delivered', status: 250 });
    expect(await channel.send(hostile, target)).toMatchObject({ kind: 'delivered' });
    expect(server.mails).toHaveLength(2);
    for (const { from, to, text } of server.mails) {
      expect([from, to]).toEqual(['alerts@example.com', ['soc@example.com', 'ana@example.com']]);
      expect(text).toMatch(new RegExp(`^Message-ID: <${hostile.id}@example.com>\r?$`, 'm'));
      expect(text.split('\r\n\r\n')[0]).not.toMatch(/^(Bcc|MAIL FROM)/im);
    }
  });

  it.each([
    [451, 'retry'],
    [550, 'refused'],
  ])('that answers %i is understood as %s', async (code, kind) => {
    const server = await startMailServer(() => ({ code, text: 'not now' }));
    cleanups.push(() => server.stop());
    const channel = new EmailChannel({ url: server.url, from: 'alerts@example.com' });
    cleanups.push(() => channel.close());
    expect(await channel.send(aNotification(), target)).toMatchObject({
      kind,
      error: `delivery.smtp_${code}`,
      status: code,
    });
  });

  it('is tried again when the mail server does not take the password of the deployment', async () => {
    const server = await startMailServer(undefined, { asksForLogin: true });
    cleanups.push(() => server.stop());
    const url = server.url.replace('smtp://', 'smtp://portcullis:wrong@');
    const channel = new EmailChannel({ url, from: 'alerts@example.com' });
    cleanups.push(() => channel.close());
    expect(await channel.send(aNotification(), target)).toMatchObject({
      kind: 'retry',
      error: 'delivery.mail_login',
      status: 535,
    });
  });

  it('cannot be reached without a mail server, or with one that is away', async () => {
    expect(await new EmailChannel(null).send(aNotification(), target)).toMatchObject({
      kind: 'refused',
      error: 'delivery.no_mail_server',
    });
    const away = new EmailChannel({ url: 'smtp://127.0.0.1:1', from: 'alerts@example.com' });
    expect(await away.send(aNotification(), target)).toMatchObject({
      kind: 'retry',
      error: 'delivery.unreachable',
    });
  });
});

describe('a syslog receiver', () => {
  const three = aNotification({
    alerts: [anAlert(), anAlert({ severity: 'critical' }), anAlert({ title: HOSTILE[4]! })],
  });

  it.each([false, true])(
    'gets a frame for each alert over TCP (leaves the connection open: %j)',
    async (leavesOpen) => {
      const receiver = await startSyslogReceiver({ leavesOpen });
      cleanups.push(() => receiver.stop());
      const target = { settings: { host: '127.0.0.1', port: receiver.port, transport: 'tcp' }, secrets: [] };
      expect(await new SyslogChannel({ allowPrivate: true }).send(three, target)).toMatchObject({
        kind: 'delivered',
      });
      const frames = receiver.frames();
      expect(frames).toHaveLength(3);
      expect(frames.map((frame) => frame.slice(0, 5))).toEqual(['<107>', '<106>', '<107>']);
    },
  );

  describe('over TLS', () => {
    const receiverWith = async (name: string) => {
      const certificate = await generate([{ name: 'commonName', value: name }], {
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
      });
      const receiver = await startSyslogReceiver({
        certificate: { cert: certificate.cert, key: certificate.private },
      });
      cleanups.push(() => receiver.stop());
      return { receiver, certificate: certificate.cert };
    };
    /** As the service is started: what Node trusts is read once. */
    const sentBy = async (authority: string, port: number): Promise<unknown> => {
      const folder = await throwawayFolder('tls');
      cleanups.push(() => folder.remove());
      const file = join(folder.path, 'authority.pem');
      await writeFile(file, authority);
      const target = { settings: { host: 'localhost', port, transport: 'tls' }, secrets: [] };
      const script = `import { SyslogChannel } from ${JSON.stringify(BUILT)};
        const channel = new SyslogChannel({ allowPrivate: true });
        console.log(JSON.stringify(await channel.send(...${JSON.stringify([three, target])})));`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', script],
        { env: { ...process.env, NODE_EXTRA_CA_CERTS: file } },
      );
      return JSON.parse(stdout);
    };

    it('gets a frame for each alert when its certificate is of an authority that is trusted', async () => {
      const { receiver, certificate } = await receiverWith('localhost');
      expect(await sentBy(certificate, receiver.port)).toMatchObject({ kind: 'delivered' });
      expect(receiver.frames().map((frame) => frame.slice(0, 5))).toEqual(['<107>', '<106>', '<107>']);
    });

    it('gets nothing when its authority is unknown, or its certificate is for another name', async () => {
      const unknown = await receiverWith('localhost');
      const other = await receiverWith('logs.example.com');
      const failed = { kind: 'retry', error: 'delivery.unreachable' };
      expect(await sentBy(other.certificate, unknown.receiver.port)).toMatchObject(failed);
      expect(await sentBy(other.certificate, other.receiver.port)).toMatchObject(failed);
      expect([unknown.receiver.frames(), other.receiver.frames()]).toEqual([[], []]);
    });
  });

  it('gets a datagram for each alert over UDP', async () => {
    const socket = createSocket('udp4');
    const datagrams: Buffer[] = [];
    socket.on('message', (message) => datagrams.push(message));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    cleanups.push(() => void socket.close());
    const target = {
      settings: { host: '127.0.0.1', port: socket.address().port, transport: 'udp' },
      secrets: [],
    };
    expect(await new SyslogChannel({ allowPrivate: true }).send(three, target)).toMatchObject({
      kind: 'delivered',
    });
    while (datagrams.length < 3) await once(socket, 'message');
    expect(datagrams[0]!.toString('utf8')).toContain('"class_uid":2004');
  });

  it('is away, or may not be reached', async () => {
    const at = (host: string) => ({ settings: { host, port: 1, transport: 'tcp' }, secrets: [] });
    expect(await new SyslogChannel({ allowPrivate: true }).send(three, at('127.0.0.1'))).toMatchObject({
      kind: 'retry',
    });
    for (const host of ['127.0.0.1', 'localhost', '::1', '169.254.169.254']) {
      expect(await new SyslogChannel({ allowPrivate: false }).send(three, at(host))).toMatchObject({
        kind: 'refused',
        error: 'delivery.address_refused',
      });
    }
  });
});
