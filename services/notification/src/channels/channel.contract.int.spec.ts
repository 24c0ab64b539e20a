import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { channelContract, type Answer, type ChannelRig } from '../../test/channel-contract.js';
import { startHttpReceiver, startMailServer, type Behaviour, type Received } from '../../test/receivers.js';
import type { Channel, ChannelTarget } from './channel.js';
import { EmailChannel } from './email.channel.js';
import { PagerDutyChannel } from './pagerduty.channel.js';
import { ReceiverHttp } from './receiver-http.js';
import { SlackChannel } from './slack.channel.js';
import { SyslogChannel } from './syslog.channel.js';
import { TeamsChannel } from './teams.channel.js';
import { newWebhookSecret, WebhookChannel } from './webhook.channel.js';

const IN_PATH = 'a-secret-in-the-path';
const HTTP: Record<Answer, Behaviour> = {
  takes: 'ok',
  busy: 'busy',
  refuses: 'refuse',
  hangs: 'hang',
  repeats: 'repeat',
  redirects: 'redirect',
};

interface HttpChannel {
  readonly channel: Channel;
  readonly target: ChannelTarget;
  readonly secrets: readonly string[];
  readonly idOf: (received: Received) => string;
}

const overHttp =
  (made: (http: ReceiverHttp, url: string) => HttpChannel) => async (): Promise<ChannelRig> => {
    const elsewhere = await startHttpReceiver();
    const receiver = await startHttpReceiver({ redirectTo: elsewhere.url });
    const http = new ReceiverHttp({ allowPrivate: true, totalTimeoutMs: 1_000 });
    const { channel, target, secrets, idOf } = made(http, `${receiver.url}/${IN_PATH}`);
    let left = false;
    const leave = async () => {
      if (!left) await receiver.stop();
      left = true;
    };
    return {
      channel,
      target,
      secrets,
      answers: (answer) => void receiver.becomes(HTTP[answer]),
      ids: () => receiver.received.map(idOf),
      wasLedElsewhere: () => elsewhere.received.length > 0,
      leave,
      stop: async () => {
        await http.close();
        await leave();
        await elsewhere.stop();
      },
    };
  };

channelContract({
  name: 'a webhook',
  cannot: {},
  start: overHttp((http, url) => {
    const secret = newWebhookSecret();
    return {
      channel: new WebhookChannel(http),
      target: { settings: { url }, secrets: [secret] },
      secrets: [secret, IN_PATH],
      idOf: ({ headers }) => String(headers['webhook-id']),
    };
  }),
});

// Chats know no id: the same message is the same bytes.
for (const [name, Made] of [
  ['Slack', SlackChannel],
  ['Teams', TeamsChannel],
] as const) {
  channelContract({
    name,
    cannot: {},
    start: overHttp((http, url) => ({
      channel: new Made(http),
      target: { settings: {}, secrets: [url] },
      secrets: [IN_PATH],
      idOf: ({ body }) => body,
    })),
  });
}

channelContract({
  name: 'PagerDuty',
  cannot: {},
  start: overHttp((http, url) => {
    const key = 'routing-key-0123456789abcdef';
    return {
      channel: new PagerDutyChannel(http, { us: url, eu: 'http://127.0.0.1:1' }),
      target: { settings: { region: 'us' }, secrets: [key] },
      secrets: [key],
      idOf: ({ body }) => (JSON.parse(body) as { dedup_key: string }).dedup_key,
    };
  }),
});

/** Accepts connections; what it does with them is said by `behaves`. */
async function startTcp(behaves: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behaves(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

channelContract({
  name: 'email',
  cannot: { redirects: 'What SMTP says of another address (251, 551) is text: no sender follows it.' },
  start: async () => {
    const replies: Partial<Record<Answer, { code: number; text: string }>> = {
      busy: { code: 451, text: 'not now' },
      refuses: { code: 550, text: 'no such mailbox' },
    };
    let answer: Answer = 'takes';
    const open = await startMailServer(() => replies[answer] ?? null);
    const closed = await startMailServer(undefined, { asksForLogin: true });
    const silent = await startTcp(() => undefined);
    const channels = {
      open: new EmailChannel({ url: open.url, from: 'alerts@example.com' }),
      closed: new EmailChannel({
        url: closed.url.replace('smtp://', 'smtp://portcullis:the-mail-password@'),
        from: 'alerts@example.com',
      }),
      silent: new EmailChannel({ url: `smtp://127.0.0.1:${silent.port}`, from: 'alerts@example.com' }),
    };
    let left = false;
    const leave = async () => {
      if (!left) await open.stop();
      left = true;
    };
    return {
      get channel() {
        return answer === 'hangs' ? channels.silent : answer === 'repeats' ? channels.closed : channels.open;
      },
      target: { settings: { to: ['soc@example.com'] }, secrets: [] },
      secrets: ['the-mail-password'],
      answers: (next) => void (answer = next),
      ids: () => open.mails.map(({ text }) => /^Message-ID: (.*?)\r?$/m.exec(text)?.[1] ?? ''),
      wasLedElsewhere: () => false,
      leave,
      stop: async () => {
        for (const channel of Object.values(channels)) channel.close();
        await Promise.all([leave(), closed.stop(), silent.stop()]);
      },
    };
  },
});

channelContract({
  name: 'syslog',
  cannot: {
    refuses: 'Syslog has no answers.',
    repeats: 'Syslog has no answers.',
    redirects: 'Syslog has no answers.',
  },
  start: async () => {
    let answer: Answer = 'takes';
    const messages: Promise<string>[] = [];
    const server = await startTcp((socket) => {
      if (answer === 'busy') return socket.resetAndDestroy();
      if (answer === 'hangs') return undefined;
      const read = (async () => {
        let text = '';
        for await (const chunk of socket) text += String(chunk);
        return text;
      })();
      messages.push(read);
      return undefined;
    });
    const frames: string[] = [];
    const inner = new SyslogChannel({ allowPrivate: true });
    return {
      channel: {
        type: 'syslog',
        send: async (notification, target) => {
          const result = await inner.send(notification, target);
          frames.splice(0, Infinity, ...(answer === 'takes' ? await Promise.all(messages) : []));
          return result;
        },
      },
      // A receiver of TLS that says nothing never ends the handshake; over TCP silence is the protocol.
      get target() {
        const transport = answer === 'hangs' ? 'tls' : 'tcp';
        return { settings: { host: '127.0.0.1', port: server.port, transport }, secrets: [] };
      },
      secrets: [],
      answers: (next) => void (answer = next),
      ids: () => frames.map((frame) => frame.split(' ')[6] ?? ''),
      wasLedElsewhere: () => false,
      leave: server.stop,
      stop: server.stop,
    };
  },
});
