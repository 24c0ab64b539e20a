import { join } from 'node:path';
import { Database } from '@portcullis/postgres';
import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { startTestLogs } from '../e2e/event-logs.js';
import { folderSize } from './folder-size.js';
import { connectUpstream, Load, startCountingUpstream, type CountingUpstream } from './ledger.js';
import { expectUndisturbed, expectWholeLedger, LONG } from './whole-ledger.js';

const { logs, stop: stopLogs } = await startTestLogs();

let postgres: TestPostgres;
let database: Database;
let portcullis: TestDeployment;

async function start(env: Record<string, string>): Promise<void> {
  postgres = await startPostgres({ own: true });
  const url = await postgres.createDatabase();
  portcullis = await startTestDeployment({ bare: true, env: { ...env, PORTCULLIS_POSTGRES_URL: url } });
  database = await Database.open({ url, applicationName: 'log-fault', maxConnections: 2 });
}

async function stop(): Promise<void> {
  await database?.close();
  await portcullis?.stop();
  await postgres?.stop();
}

afterAll(stopLogs);

/** Makes the log unavailable while the rest of Postgres, and so the control plane, goes on. Answers its end. */
const FAULTS: Record<string, () => Promise<() => Promise<void>>> = {
  'locked for everybody': async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    let begun: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (begun = resolve));
    const holding = database.transaction(async (session) => {
      await session.query(
        'lock table log.topics, log.partitions, log.group_partitions in access exclusive mode',
      );
      begun();
      await ended;
    });
    await Promise.race([held, holding]);
    return async () => {
      end();
      await holding;
    };
  },
  'not there': async () => {
    await database.query('alter schema log rename to log_away');
    return async () => {
      await database.query('alter schema log_away rename to log');
    };
  },
};

/** What people did in the test of it, and how often. */
const TOLD = ['signed_in', 'sign_in_failed', 'audit_exported', 'login_ended', 'member_role_changed'];
const EACH = [1, 1, 1, 1, 3];
const RECENT_CALLS = { q: 'type:tool_call', from: 'now-1h', to: 'now', format: 'csv' };

// Calls while a log in Kafka is away: killed-processes.faults.spec.ts.
describe('the log in Postgres, while policy can decide', () => {
  let upstream: CountingUpstream;

  beforeAll(async () => {
    upstream = await startCountingUpstream();
    await start({});
    await connectUpstream(portcullis, 'counting', upstream.url);
  });
  afterAll(async () => {
    await stop();
    await upstream?.stop();
  });

  it.each(Object.entries(FAULTS))(
    '%s: calls go on, the spool grows and drains later, nothing is lost or stored twice',
    async (name, begin) => {
      const spool = () => folderSize(join(portcullis.dataDir, 'spool'));
      const load = new Load(portcullis, 'counting', `log-${name.replaceAll(' ', '-')}-${Date.now()}`);
      await until(() => load.accepted.size > 50, LONG);
      const end = await begin();
      const [acceptedBefore, spoolBefore] = [load.accepted.size, spool()];
      await until(() => load.accepted.size > acceptedBefore + 500, LONG);
      expect(spool()).toBeGreaterThan(spoolBefore);
      const told = load.accepted.size;
      await end();
      await until(() => load.accepted.size > told + 50, LONG);
      await load.stop();
      expectUndisturbed(load);
      await expectWholeLedger(portcullis, upstream, load);
      await portcullis.waitHealthy();
    },
    180_000,
  );
});

describe.each(logs)('what people do while $name is away', ({ missing, broker, env }) => {
  beforeAll(async () => {
    if (missing === null) await start(env);
  });
  afterAll(async () => {
    if (missing === null) await stop();
  });

  const gone = async () => {
    if (broker === undefined) return FAULTS['not there']!();
    await broker.kill();
    return () => broker.restart();
  };

  it.skipIf(missing !== null)(
    'goes on, and is on record once though the API is killed before and while it is told',
    async () => {
      const { bootstrap, apiUrl } = portcullis;
      const person = async (path: string, body: object, cookie = '') => {
        const answer = await fetch(`${apiUrl}/api/v1${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: apiUrl, cookie },
          body: JSON.stringify(body),
        });
        await answer.text();
        return { status: answer.status, cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
      };
      const signIn = (password: string) => person('/auth/sign-in', { email: bootstrap.email, password });
      const { data: member } = await portcullis.api<{ id: string }>('POST', '/members', {
        email: 'bo@example.com',
        name: 'Bo',
        role: 'auditor',
      });
      const recorded = async () => {
        const { data } = await portcullis.api<{ type: string }[]>('GET', '/audit-events?limit=1000');
        return TOLD.map((type) => data.filter((row) => row.type === type).length);
      };

      const end = await gone();
      const { cookie } = await signIn(bootstrap.password);
      expect((await signIn('a guess at it')).status).toBe(401);
      for (const role of ['ciso', 'developer', 'auditor'])
        await portcullis.api('PATCH', `/members/${member.id}`, { role });
      expect((await person('/lens/export', RECENT_CALLS, cookie)).status).toBe(200);
      expect((await person('/auth/sign-out', {}, cookie)).status).toBe(200);
      // A failed sign-in is written down after it was answered.
      const waiting = () => database.query('select 1 from api.activity_outbox');
      await until(async () => (await waiting()).length === 4, LONG);
      portcullis.kill('api');
      await end();
      await until(async () => (await waiting()).length < 4, { ...LONG, intervalMs: 1 });
      portcullis.kill('api');
      await portcullis.waitHealthy();
      await until(async () => (await recorded()).every((times, at) => times >= EACH[at]!), LONG);
      // Behind everything before it: what was told twice has come twice by now.
      await signIn(bootstrap.password);
      await until(async () => (await recorded())[0] === 2, LONG);
      expect(await recorded()).toEqual([2, ...EACH.slice(1)]);
    },
    180_000,
  );
});
