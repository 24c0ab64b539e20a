import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIVE_NAMESPACE, TOPICS, type PolicyEventType } from '@portcullis/contracts';
import { PostgresEventLog, type EventLog } from '@portcullis/eventlog';
import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';
import { ActivityRelay } from '../activity/activity-relay.js';
import { PostgresActivityLog } from '../activity/postgres-activity-log.js';
import { newId } from '../new-id.js';
import { AccessChangeFollower } from '../sign-in/access-change-follower.js';
import { LiveFeed } from './live-feed.js';

const PASSWORD = 'correct horse battery';
const logger = pino({ level: 'silent' });

interface Replica {
  readonly rig: SignInRig;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

let postgres: TestPostgres;
let logUrl = '';
let here: Replica;
let there: Replica;
let count = 0;
const opened: (() => void)[] = [];

/** Each replica has its own connection to the log, as its own process would. */
async function startReplica(replicaOf?: SignInRig): Promise<Replica> {
  const log: EventLog = new PostgresEventLog({ connectionString: logUrl });
  await log.ensureTopics(Object.values(TOPICS));
  const feed = new LiveFeed(log, logger);
  await feed.start();
  let relay: ActivityRelay | undefined;
  const rig = await SignInRig.start(postgres, {
    feed,
    ...(replicaOf === undefined ? {} : { replicaOf }),
    activity: (database) => {
      relay = new ActivityRelay({ database, log, onError: () => undefined });
      relay.start();
      return new PostgresActivityLog({
        database,
        newId,
        now: () => new Date(),
        onRecorded: () => relay?.hint(),
      });
    },
  });
  const follower = new AccessChangeFollower(log, rig.accessChanges, logger);
  await follower.start();
  const server = rig.app.getHttpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    rig,
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      feed.cutAll();
      await relay?.stop();
      await rig.close();
      await follower.stop();
      await feed.stop();
      await log.close();
    },
  };
}

beforeAll(async () => {
  postgres = await startPostgres();
  logUrl = await postgres.createDatabase();
  here = await startReplica();
  there = await startReplica(here.rig);
});
afterEach(() => {
  for (const close of opened.splice(0)) close();
});
afterAll(async () => {
  await there?.stop();
  await here?.stop();
  await postgres?.stop();
});

/** A person signed in on two devices. */
async function person() {
  count += 1;
  const email = `ana${count}@example.com`;
  await here.rig.person(email, PASSWORD, { acme: 'owner', other: 'owner' });
  return {
    email,
    laptop: await here.rig.signIn(email, PASSWORD),
    phone: await here.rig.signIn(email, PASSWORD),
  };
}

/** As the policy service publishes what it decided. */
async function publish(type: PolicyEventType, data: object): Promise<void> {
  const log = new PostgresEventLog({ connectionString: logUrl });
  const value = new TextEncoder().encode(JSON.stringify({ type, tenantId: 'acme', data }));
  await log.append([{ topic: TOPICS.policyChanges.name, key: 'acme', type, value }]);
  await log.close();
}

/** A stream at the other replica; resolves once it stands, with a promise of its end. */
const streams: Record<string, (cookie: string) => Promise<{ ended: Promise<void>; isOpen: () => boolean }>> =
  {
    'the event stream': async (cookie) => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ port: there.port, path: '/api/v1/events', headers: { cookie } }, resolve).on('error', reject);
      });
      expect(response.statusCode).toBe(200);
      response.on('error', () => undefined).resume();
      opened.push(() => response.destroy());
      const ended = new Promise<void>((resolve) => response.once('close', resolve));
      return { ended, isOpen: () => !response.closed };
    },
    'the socket': async (cookie) => {
      const socket: Socket = io(`http://127.0.0.1:${there.port}${LIVE_NAMESPACE}`, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        extraHeaders: { cookie, origin: `http://127.0.0.1:${there.port}` },
      });
      opened.push(() => socket.disconnect());
      const ended = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()));
      await new Promise<void>((resolve, reject) =>
        socket.once('connect', resolve).once('connect_error', reject),
      );
      return { ended, isOpen: () => socket.connected };
    },
  };

// Credentials are looked at again every 45 s, too: the time of a test is shorter.
describe.each(Object.keys(streams))('%s at one replica ends', { timeout: 30_000 }, (name) => {
  const open = (cookie: string) => (streams[name] as (typeof streams)[string])(cookie);

  it('with signing out at another, and the other device goes on', async () => {
    const { laptop, phone } = await person();
    const [first, second] = [await open(laptop), await open(phone)];
    await here.rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie: laptop });
    await first.ended;
    expect(second.isOpen()).toBe(true);
  });

  it('with a change of the password at another', async () => {
    const { laptop, phone } = await person();
    const stream = await open(phone);
    await here.rig.ask('/auth/change-password', {
      method: 'POST',
      body: { currentPassword: PASSWORD, newPassword: 'another long password' },
      cookie: laptop,
    });
    await stream.ended;
  });

  it('with going to work in another organization at another, and the other device goes on', async () => {
    const { laptop, phone } = await person();
    const [first, second] = [await open(laptop), await open(phone)];
    const chosen = await here.rig.ask('/auth/organization', {
      method: 'POST',
      body: { organizationId: 'other' },
      cookie: laptop,
    });
    expect(chosen.status).toBe(200);
    await first.ended;
    expect(second.isOpen()).toBe(true);
  });

  it('with the removal of the member, whoever asked for it', async () => {
    const [removed, colleague] = [await person(), await person()];
    const [theirs, others] = [await open(removed.laptop), await open(colleague.laptop)];
    here.rig.rosters.get('acme')?.members.delete(removed.email);
    await publish('MemberRemoved', { memberId: `acme-${removed.email}`, email: removed.email });
    await theirs.ended;
    expect(others.isOpen()).toBe(true);
  });

  it('not with a role that may watch as before', async () => {
    const { email, laptop } = await person();
    const stream = await open(laptop);
    const change = async (before: string, after: 'auditor' | 'developer') => {
      here.rig.member('acme', email, after);
      await publish('MemberRoleChanged', { memberId: `acme-${email}`, before, after });
    };
    await change('owner', 'auditor');
    const other = await person();
    const theirs = await open(other.laptop);
    here.rig.rosters.get('acme')?.members.delete(other.email);
    // Read after the role of the first: by its end, the first was looked at.
    await publish('MemberRemoved', { memberId: `acme-${other.email}`, email: other.email });
    await theirs.ended;
    expect(stream.isOpen()).toBe(true);
  });

  it('though what stands before it in the log cannot be read', async () => {
    const { email, laptop } = await person();
    const stream = await open(laptop);
    const log = new PostgresEventLog({ connectionString: logUrl });
    for (const value of ['', '{', '{}', '{"data":null}', '{"data":{"memberId":{}}}', '[]']) {
      await log.append([
        {
          topic: TOPICS.policyChanges.name,
          key: 'acme',
          type: 'MemberRemoved',
          value: new TextEncoder().encode(value),
        },
      ]);
    }
    await log.close();
    here.rig.rosters.get('acme')?.members.delete(email);
    await publish('MemberRemoved', { memberId: `acme-${email}`, email });
    await stream.ended;
  });
});
