import { join } from 'node:path';
import { Database } from '@portcullis/postgres';
import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { folderSize } from './folder-size.js';
import { connectUpstream, Load, startCountingUpstream, type CountingUpstream } from './ledger.js';
import { expectUndisturbed, expectWholeLedger, LONG } from './whole-ledger.js';

let postgres: TestPostgres;
let database: Database;
let portcullis: TestDeployment;
let upstream: CountingUpstream;

beforeAll(async () => {
  postgres = await startPostgres({ own: true });
  const url = await postgres.createDatabase();
  upstream = await startCountingUpstream();
  portcullis = await startTestDeployment({ bare: true, env: { PORTCULLIS_POSTGRES_URL: url } });
  database = await Database.open({ url, applicationName: 'log-fault', maxConnections: 2 });
  await connectUpstream(portcullis, 'counting', upstream.url);
});

afterAll(async () => {
  await database?.close();
  await portcullis?.stop();
  await upstream?.stop();
  await postgres?.stop();
});

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

describe('the log in Postgres, while policy can decide', () => {
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
