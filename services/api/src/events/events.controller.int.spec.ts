import { createHash } from 'node:crypto';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TOPICS, type LiveEvent } from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import { createHttpApp } from '@portcullis/service';
import { until } from '@portcullis/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { killSwitchEngaged, liveCall } from '../../test/live-calls.js';
import { keyIdentification } from '../../test/no-logins.js';
import { CallerIdentification } from '../authentication/caller-identification.js';
import { CallerGuard, SECURE_COOKIES } from '../authentication/caller.guard.js';
import { OWN_ORIGINS } from '../authentication/request-origin.js';
import { EventsController } from './events.controller.js';
import { AccessChanges } from '../sign-in/access-changes.js';
import { LiveCallers } from './live-callers.js';
import { LiveChunk } from './live-chunk.js';
import { LiveFeed } from './live-feed.js';
import { SseClient } from './sse-client.js';

const logger = pino({ level: 'silent' });
const KEY = `ig_${'a'.repeat(40)}`;
const READER = `ig_${'r'.repeat(40)}`;
const scopes: Record<string, string[]> = { [KEY]: ['events:read', 'audit:read'], [READER]: ['events:read'] };
const policy = {
  authenticate: async ({ digest }: { digest: string }) => {
    const found = Object.entries(scopes).find(
      ([text]) => createHash('sha256').update(text).digest('hex') === digest,
    )?.[1];
    return {
      principal: found ? { type: 'api_key', id: 'k', name: 'k', tenantId: 'acme', scopes: found } : null,
      reason: null,
    };
  },
};

let log: InMemoryEventLog;
let feed: LiveFeed;
let app: Awaited<ReturnType<typeof createHttpApp>>;
let port: number;
const open: IncomingMessage[] = [];

beforeEach(async () => {
  log = new InMemoryEventLog();
  await log.ensureTopics(Object.values(TOPICS));
  feed = new LiveFeed(log, logger);
  await feed.start();
  @Module({
    controllers: [EventsController],
    providers: [
      AccessChanges, LiveCallers, { provide: LiveFeed, useValue: feed }, { provide: CallerIdentification, useValue: keyIdentification(policy) }, { provide: SECURE_COOKIES, useValue: false },
      { provide: OWN_ORIGINS, useValue: { publicUrl: undefined, allowedOrigins: [] } }, { provide: APP_GUARD, useClass: CallerGuard },
    ],
  }) // prettier-ignore
  class TestModule {}
  app = await createHttpApp(TestModule, {
    logger,
    bodyLimit: 1_000,
    configure: (nest) => void nest.setGlobalPrefix('/api/v1'),
  });
  await new Promise<void>((resolve) => app.getHttpServer().listen(0, '127.0.0.1', resolve));
  ({ port } = app.getHttpServer().address() as AddressInfo);
});

afterEach(async () => {
  for (const stream of open.splice(0)) stream.destroy();
  await app.close();
  await feed.stop();
  await log.close();
});

interface Frame {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** An open stream as an EventSource reads it. */
async function stream(query = '', headers: Record<string, string> = {}, key = KEY) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(
      { port, path: `/api/v1/events${query}`, headers: { authorization: `Bearer ${key}`, ...headers } },
      resolve,
    ).once('error', reject);
  });
  open.push(response);
  const frames: Frame[] = [];
  const comments: string[] = [];
  const state = { text: '', lastId: '', frames, comments, status: response.statusCode, response };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    state.text += chunk;
    for (let end = state.text.indexOf('\n\n'); end >= 0; end = state.text.indexOf('\n\n')) {
      const lines = state.text.slice(0, end).split('\n');
      state.text = state.text.slice(end + 2);
      const value = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      state.lastId = value('id') ?? state.lastId;
      comments.push(...lines.filter((line) => line.startsWith(': ')));
      const data = value('data');
      if (data !== undefined)
        frames.push({
          event: value('event') ?? 'message',
          id: value('id'),
          data: JSON.parse(data) as Frame['data'],
        });
    }
  });
  response.on('error', () => undefined);
  return state;
}

describe('GET /api/v1/events', () => {
  it('streams what the filter chooses, and resumes by Last-Event-ID or after', async () => {
    const first = await stream(`?q=${encodeURIComponent('tool:delete_*')}`);
    await until(() => first.lastId !== '');
    await log.append([
      liveCall({ id: '1' }),
      liveCall({ id: '2', tool: 'delete_row' }),
      killSwitchEngaged('acme', 'k'),
    ]);
    await until(() => first.frames.length === 2);
    expect(first.frames.map(({ event }) => event).sort()).toEqual(['session_update', 'tool_call']);
    first.response.destroy();
    await until(() => feed.clients === 0);
    await log.append([liveCall({ id: '3', tool: 'delete_row' }), liveCall({ id: '4' })]);
    for (const [query, headers] of [
      ['?q=tool:delete_*', { 'last-event-id': first.lastId }],
      [`?q=tool:delete_*&after=${first.lastId}`, {}],
    ] as const) {
      const again = await stream(query, headers);
      await until(() => again.frames.some(({ event }) => event === 'resumed'));
      expect(again.frames.map(({ event, data }) => [event, data['id']])).toEqual([
        ['tool_call', '3'],
        ['resumed', undefined],
      ]);
    }
  });

  it('says every 15 s that the stream is there, and where it is', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const client = await stream('?q=tool:delete_*');
      await until(() => client.comments.length === 1);
      const connected = client.lastId;
      await log.append([liveCall({ id: '1' })]);
      await until(() => feed.position !== connected);
      vi.advanceTimersByTime(15_000);
      await until(() => client.comments.length === 2);
      expect(client.comments).toEqual([': connected', ': heartbeat']);
      expect(client.lastId).toBe(feed.position);
      vi.advanceTimersByTime(14_999);
      await log.append([liveCall({ id: '2', tool: 'delete_row' })]);
      await until(() => client.frames.length === 1);
      expect(client.comments).toHaveLength(2);
      vi.advanceTimersByTime(1);
      await until(() => client.comments.length === 3);
    } finally {
      vi.useRealTimers();
    }
  });

  it('resumes a client that never got an event from where it connected', async () => {
    const first = await stream();
    await until(() => first.lastId !== '');
    first.response.destroy();
    await log.append([liveCall({ id: '1' })]);
    const again = await stream('', { 'last-event-id': first.lastId });
    await until(() => again.frames.some(({ event }) => event === 'resumed'));
    expect(again.frames[0]?.data['id']).toBe('1');
  });

  it.each([
    ['?q=decison:deny', {}, 400],
    [`?q=${encodeURIComponent('re:"(a+)+$"')}`, {}, 400],
    [`?q=${'x'.repeat(5000)}`, {}, 400],
    ['?q=a&q=b', {}, 400],
    ['', { 'last-event-id': 'nonsense' }, 400],
    ['', { 'last-event-id': 'c0.12345' }, 400],
    ['', { authorization: 'Bearer nobody' }, 401],
  ])('refuses %j with %j', async (query, headers, status) => {
    expect((await stream(query, headers)).status).toBe(status);
    expect(feed.clients).toBe(0);
  });

  it('refuses a filter by arguments to who may not read them', async () => {
    expect((await stream('?q=args.path:/etc/*', {}, READER)).status).toBe(403);
    expect((await stream('?q=tool:x', {}, READER)).status).toBe(200);
  });
});

describe('a client that does not read', () => {
  it('is cut off, while others go on', async () => {
    let response: ServerResponse | undefined;
    const server: Server = createServer((_, given) => void (response = given)).listen(0, '127.0.0.1');
    await until(() => server.listening);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    socket.pause();
    await until(() => response !== undefined);
    const client = new SseClient(response as ServerResponse);
    client.open();
    const chunk = new LiveChunk([
      { name: 'tool_call', id: 'c0.1', payload: { target: 'x'.repeat(200_000) } } as unknown as LiveEvent,
    ]);
    let sent = 0;
    await until(() => {
      client.deliver(chunk);
      sent += 1;
      return response?.destroyed === true || sent > 500;
    });
    expect(response?.destroyed).toBe(true);
    socket.destroy();
    server.close();
  });
});
