import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import {
  LIVE_NAMESPACE,
  TOPICS,
  type LiveClientToServer,
  type LiveEvent,
  type LiveHandshake,
  type LiveServerToClient,
} from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import { createHttpApp } from '@portcullis/service';
import { until } from '@portcullis/testing';
import { Module } from '@nestjs/common';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liveCall } from '../../test/live-calls.js';
import { keyIdentification } from '../../test/no-logins.js';
import { CallerIdentification } from '../authentication/caller-identification.js';
import { SECURE_COOKIES } from '../authentication/caller.guard.js';
import { AccessChanges } from '../sign-in/access-changes.js';
import { LiveCallers } from './live-callers.js';
import { LiveFeed } from './live-feed.js';
import { LiveSocketAdapter } from './live-socket.adapter.js';
import { LIVE_LOGGER, LiveGateway } from './live.gateway.js';

type Client = Socket<LiveServerToClient, LiveClientToServer>;

const logger = pino({ level: 'silent' });
const key = (letter: string) => `ig_${letter.repeat(40)}`;
/** The policy service as far as it matters here: which key is whose. */
const KEYS: Record<string, { tenantId: string; scopes: string[] }> = {
  [key('a')]: { tenantId: 'acme', scopes: ['events:read', 'audit:read'] },
  [key('b')]: { tenantId: 'other', scopes: ['admin'] },
  [key('c')]: { tenantId: 'acme', scopes: ['mcp'] },
};
const policy = {
  authenticate: async ({ digest }: { digest: string }) => {
    const found = Object.entries(KEYS).find(
      ([text]) => createHash('sha256').update(text).digest('hex') === digest,
    )?.[1];
    return found
      ? { principal: { type: 'api_key', id: 'k', name: 'k', ...found }, reason: null }
      : { principal: null, reason: 'auth.revoked' };
  },
};

let log: InMemoryEventLog;
let feed: LiveFeed;
let app: Awaited<ReturnType<typeof createHttpApp>>;
let url: string;
let server: ReturnType<LiveSocketAdapter['createIOServer']>;

/** Keeps the socket.io server it makes. */
class KnownServer extends LiveSocketAdapter {
  override createIOServer(...options: Parameters<LiveSocketAdapter['createIOServer']>): typeof server {
    server = super.createIOServer(...options);
    return server;
  }
}
const clients: Client[] = [];

/** Of the feed's clock, where a second must not pass. */
let stoppedAt: number | undefined;

async function serve(): Promise<void> {
  feed = new LiveFeed(log, logger, () => stoppedAt ?? performance.now());
  await feed.start();
  @Module({
    providers: [
      AccessChanges, LiveCallers, LiveGateway, { provide: LiveFeed, useValue: feed }, { provide: LIVE_LOGGER, useValue: logger }, { provide: CallerIdentification, useValue: keyIdentification(policy) }, { provide: SECURE_COOKIES, useValue: false },
    ],
  }) // prettier-ignore
  class TestModule {}
  app = await createHttpApp(TestModule, {
    logger,
    bodyLimit: 1_000,
    configure: (nest) =>
      void nest.useWebSocketAdapter(
        new KnownServer(nest, { allowedOrigins: ['https://ok.example'], publicUrl: undefined }),
      ),
  });
  await new Promise<void>((resolve) =>
    app.getHttpServer().listen(url ? Number(new URL(url).port) : 0, '127.0.0.1', resolve),
  );
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

async function shut(): Promise<void> {
  feed.cutAll();
  await app.close();
  await feed.stop();
}

beforeEach(async () => {
  url = '';
  log = new InMemoryEventLog();
  await log.ensureTopics(Object.values(TOPICS));
  await serve();
});

afterEach(() => void (stoppedAt = undefined));
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await shut();
  await log.close();
});

function open(
  auth: LiveHandshake | (() => LiveHandshake),
  extraHeaders: Record<string, string> = {},
): Client {
  const client: Client = io(url + LIVE_NAMESPACE, {
    transports: ['websocket'], forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50, extraHeaders,
    auth: typeof auth === 'function' ? (send) => send(auth()) : auth,
  }); // prettier-ignore
  clients.push(client);
  return client;
}

/** A connection whose subscription stands, and what it gets. */
async function connected(auth: LiveHandshake) {
  const client = open(auth);
  const events: LiveEvent[] = [];
  const counted = { dropped: 0 };
  client.on('events', (list) => events.push(...list));
  client.on('tool_call', (payload, id) => events.push({ name: 'tool_call', payload, id }));
  client.on('dropped', ({ count }) => (counted.dropped += count));
  const before = feed.clients;
  await until(() => client.connected && feed.clients > before);
  return { client, events, counted };
}

const refusal = async (client: Client) => {
  const error = await new Promise<Error & { data?: unknown }>((resolve) =>
    client.once('connect_error', resolve),
  );
  client.disconnect();
  return error.data ?? error.message;
};
const ids = (events: readonly LiveEvent[]) =>
  events.map(({ payload }) => ('id' in payload ? payload.id : ''));

describe('/live', () => {
  it('sends the calls of the organization, one by one or in lists', async () => {
    const single = await connected({ token: key('a') });
    const lists = await connected({ token: key('a'), q: 'tool:delete_*', batch: true });
    const foreign = await connected({ token: key('b') });
    await log.append([
      liveCall({ id: '1' }),
      liveCall({ id: '2', tool: 'delete_row' }),
      liveCall({ id: '3', tenantId: 'other' }),
    ]);
    await until(() => single.events.length === 2 && lists.events.length === 1 && foreign.events.length === 1);
    expect(ids(lists.events)).toEqual(['2']);
    expect(ids(foreign.events)).toEqual(['3']);
    expect(JSON.stringify(single.events)).not.toContain('secret');
    expect(single.events[0]?.payload).toMatchObject({
      connection: 'github',
      agent: 'coder',
      user: 'ana@example.com',
      key: 'laptop',
      sessionId: 'session-1',
      rule: 'the rest',
      latencyMs: 5,
    });
  });

  it.each([
    ['no credential', {}, 'auth.required'],
    ['an unknown key', { token: key('z') }, 'auth.revoked'],
    ["an agent's key", { token: key('c') }, 'auth.insufficient_scope'],
    ['a filter that is none', { token: key('a'), q: 'decison:deny' }, 'lens.invalid'],
    ['a pattern', { token: key('a'), q: 're:"(a+)+$"' }, 'lens.invalid'],
    ['a long filter', { token: key('a'), q: 'x'.repeat(5000) }, 'request.invalid'],
    ['a place that is none', { token: key('a'), after: 'x;y' }, 'events.bad_position'],
    ['a place ahead', { token: key('a'), after: 'c0.99999' }, 'events.bad_position'],
    ['odd types', { token: key('a'), q: { $ne: '' } } as unknown as LiveHandshake, 'request.invalid'],
  ])('refuses %s', async (_, auth, code) => {
    expect(await refusal(open(auth))).toMatchObject({ code });
    expect(feed.clients).toBe(0);
  });

  it('refuses pages of other origins, with a key too', async () => {
    await refusal(open({ token: key('a') }, { origin: 'https://evil.example' }));
    await connected({ token: key('a') });
    const allowed = open({ token: key('a') }, { origin: 'https://ok.example' });
    await until(() => allowed.connected);
    const polled = await request(`${url}/socket.io/?EIO=4&transport=polling`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(polled.statusCode).toBe(403);
    await polled.body.dump();
  });

  it('changes the subscription, and keeps the one before when the new one is refused', async () => {
    const { client, events } = await connected({ token: key('a'), q: 'tool:a', batch: true });
    expect(await client.emitWithAck('subscribe', { q: 'nope:1', batch: true })).toMatchObject({
      ok: false,
      error: { code: 'lens.invalid', diagnostics: [{ from: 0 }] },
    });
    await log.append([liveCall({ id: '1', tool: 'a' })]);
    await until(() => events.length === 1);
    expect(await client.emitWithAck('subscribe', { q: 'tool:b', batch: true })).toMatchObject({ ok: true });
    await log.append([liveCall({ id: '2', tool: 'a' }), liveCall({ id: '3', tool: 'b' })]);
    await until(() => events.length === 2);
    expect(ids(events)).toEqual(['1', '3']);
    const paused = await client.emitWithAck('unsubscribe');
    expect(feed.clients).toBe(0);
    await log.append([liveCall({ id: '4', tool: 'b' })]);
    expect(
      await client.emitWithAck('subscribe', {
        q: 'tool:b',
        batch: true,
        after: paused.ok ? paused.position : '',
      }),
    ).toMatchObject({ ok: true });
    await until(() => events.length === 3);
    expect(ids(events)).toEqual(['1', '3', '4']);
  });

  it('survives what no client of ours would send', async () => {
    const { client, events } = await connected({ token: key('a') });
    const raw = client as unknown as { emit(name: string, ...args: unknown[]): void };
    raw.emit('subscribe');
    raw.emit('subscribe', null, 'no function');
    raw.emit('unsubscribe', { not: 'a function' });
    raw.emit('events', ['forged']);
    raw.emit('__proto__', {});
    await client.emitWithAck('subscribe', {});
    await log.append([liveCall({ id: '1' })]);
    await until(() => events.length === 1);
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.emitWithAck('subscribe', {})));
    expect(answers.some((answer) => !answer.ok && answer.error.code === 'events.busy')).toBe(true);
  });

  it('resumes by itself after the server was gone, missing and repeating nothing', async () => {
    let after: string | undefined;
    const got: LiveEvent[] = [];
    let resumed = 0;
    const client = open(() => ({ token: key('a'), batch: true, ...(after === undefined ? {} : { after }) }));
    client.on('events', (list) => {
      got.push(...list);
      after = list.at(-1)?.id;
    });
    client.on('resumed', () => (resumed += 1));
    await until(() => feed.clients === 1);
    await log.append([liveCall({ id: '0' })]);
    await until(() => got.length === 1);
    for (let round = 0; round < 3; round += 1) {
      await log.append([liveCall({ id: `${round}a`, connection: 'x' })]);
      await shut();
      await log.append([
        liveCall({ id: `${round}b`, connection: 'y' }),
        liveCall({ id: `${round}c`, connection: 'z' }),
      ]);
      await serve();
      await log.append([liveCall({ id: `${round}d`, connection: 'w' })]);
      await until(() => resumed === round + 1, { timeoutMs: 10_000 });
    }
    await until(() => got.length >= 13);
    expect(ids(got).sort()).toEqual(
      ['0', ...[0, 1, 2].flatMap((n) => ['a', 'b', 'c', 'd'].map((letter) => `${n}${letter}`))].sort(),
    );
  });

  it('gives two hundred of a burst to each client and an honest count of the rest', async () => {
    const [one, other] = [
      await connected({ token: key('a'), batch: true }),
      await connected({ token: key('a') }),
    ];
    stoppedAt = performance.now();
    await log.append(Array.from({ length: 10_000 }, (_, n) => liveCall({ id: String(n) })));
    for (const { events, counted } of [one, other]) {
      await until(() => events.length + counted.dropped === 10_000, { timeoutMs: 20_000 });
      expect(events.length).toBeLessThanOrEqual(200);
      expect(new Set(ids(events)).size).toBe(events.length);
    }
  });

  it('cuts off a client that does not read, while others go on', async () => {
    const [stuck, reading] = [await connected({ token: key('a') }), await connected({ token: key('a') })];
    const { ws } = stuck.client.io.engine.transport as unknown as { ws: { _socket: { pause(): void } } };
    ws._socket.pause();
    const socket = server.of(LIVE_NAMESPACE).sockets.get(stuck.client.id ?? '');
    socket?.emit('filler', 'x'.repeat(32 * 1024 * 1024));
    await until(() => feed.clients === 1, { timeoutMs: 20_000 });
    await log.append([liveCall({ id: '1' })]);
    await until(() => reading.events.length === 1);
  });

  it('shortens names, so that a long one costs no watcher its connection', async () => {
    const { events } = await connected({ token: key('a'), batch: true });
    await log.append(
      Array.from({ length: 100 }, (_, n) => liveCall({ id: String(n), tool: 'x'.repeat(200_000) })),
    );
    await until(() => events.length === 100);
    expect(JSON.stringify(events).length).toBeLessThan(1_000_000);
  });
});
