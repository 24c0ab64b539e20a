import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIVE_NAMESPACE, TOPICS } from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';
import { LiveFeed } from './live-feed.js';

const PASSWORD = 'correct horse battery';
let postgres: TestPostgres;
let log: InMemoryEventLog;
let feed: LiveFeed;
let rig: SignInRig;
let port = 0;
let count = 0;
const opened: (() => void)[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  log = new InMemoryEventLog();
  await log.ensureTopics(Object.values(TOPICS));
  feed = new LiveFeed(log, pino({ level: 'silent' }));
  await feed.start();
  rig = await SignInRig.start(postgres, { feed });
  const server = rig.app.getHttpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  for (const close of opened.splice(0)) close();
});
afterAll(async () => {
  feed?.cutAll();
  await rig?.close();
  await feed?.stop();
  await log?.close();
  await postgres?.stop();
});

/** A person signed in on two devices. */
async function person() {
  count += 1;
  const email = `ana${count}@example.com`;
  await rig.person(email, PASSWORD, { acme: 'owner', other: 'owner' });
  return { email, laptop: await rig.signIn(email, PASSWORD), phone: await rig.signIn(email, PASSWORD) };
}

/** Resolves once the stream stands, with a promise of its end. */
const streams: Record<string, (cookie: string) => Promise<{ ended: Promise<void>; isOpen: () => boolean }>> =
  {
    'the event stream': async (cookie) => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ port, path: '/api/v1/events', headers: { cookie } }, resolve).on('error', reject);
      });
      expect(response.statusCode).toBe(200);
      response.on('error', () => undefined).resume();
      opened.push(() => response.destroy());
      let isOpen = true;
      const ended = new Promise<void>((resolve) => {
        response.once('close', () => {
          isOpen = false;
          resolve();
        });
      });
      return { ended, isOpen: () => isOpen };
    },
    'the socket': async (cookie) => {
      const socket: Socket = io(`http://127.0.0.1:${port}${LIVE_NAMESPACE}`, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        extraHeaders: { cookie, origin: `http://127.0.0.1:${port}` },
      });
      opened.push(() => socket.disconnect());
      const ended = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()));
      await new Promise<void>((resolve, reject) =>
        socket.once('connect', resolve).once('connect_error', reject),
      );
      return { ended, isOpen: () => socket.connected };
    },
  };

describe.each(Object.keys(streams))('%s of a login ends', (name) => {
  const open = (cookie: string) => (streams[name] as (typeof streams)[string])(cookie);

  it('with signing out, the other device goes on', async () => {
    const { laptop, phone } = await person();
    const [here, there] = [await open(laptop), await open(phone)];
    await rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie: laptop });
    await here.ended;
    expect(there.isOpen()).toBe(true);
  });

  it('with being ended from another device', async () => {
    const { laptop, phone } = await person();
    const there = await open(phone);
    const sessions = (await rig.ask('/auth/sessions', { cookie: laptop })).body.data as {
      id: string;
      current: boolean;
    }[];
    await rig.ask(`/auth/sessions/${sessions.find(({ current }) => !current)?.id ?? ''}`, {
      method: 'DELETE',
      cookie: laptop,
    });
    await there.ended;
  });

  it('with a change of the password on another device', async () => {
    const { laptop, phone } = await person();
    const [here, there] = [await open(laptop), await open(phone)];
    await rig.ask('/auth/change-password', {
      method: 'POST',
      body: { currentPassword: PASSWORD, newPassword: 'another long password' },
      cookie: laptop,
    });
    await there.ended;
    expect(here.isOpen()).toBe(true);
  });

  it('with going to work in another organization', async () => {
    const { laptop } = await person();
    const here = await open(laptop);
    await rig.ask('/auth/organization', {
      method: 'POST',
      body: { organizationId: 'other' },
      cookie: laptop,
    });
    await here.ended;
  });

  it('with the removal of the member', async () => {
    const [{ laptop }, removed] = [await person(), await person()];
    const theirs = await open(removed.laptop);
    rig.rosters.get('acme')?.members.delete(removed.email);
    expect(
      (await rig.ask(`/members/acme-${removed.email}`, { method: 'DELETE', cookie: laptop })).status,
    ).toBe(200);
    await theirs.ended;
  });
});
