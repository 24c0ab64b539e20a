import { TOPICS } from '@portcullis/contracts';
import { InMemoryEventLog, type LogRecord } from '@portcullis/eventlog';
import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';
import { newId } from '../new-id.js';
import { ActivityRelay } from './activity-relay.js';
import { PostgresActivityLog } from './postgres-activity-log.js';

const PASSWORD = 'correct horse battery';
let postgres: TestPostgres;
let rig: SignInRig;
let log: InMemoryEventLog;
let isDown = true;
let refusals = 0;
let relay: ActivityRelay;

beforeAll(async () => {
  postgres = await startPostgres();
  log = new InMemoryEventLog();
  await log.ensureTopics(Object.values(TOPICS));
  rig = await SignInRig.start(postgres, {
    activity: (database) => new PostgresActivityLog({ database, newId, now: () => new Date() }),
  });
  relay = new ActivityRelay({
    database: rig.database,
    pollMs: 10,
    onError: () => (refusals += 1),
    log: {
      append: (records) => (isDown ? Promise.reject(new Error('the log is down')) : log.append(records)),
    },
  });
  relay.start();
});
afterAll(async () => {
  await relay?.stop();
  await rig?.close();
  await log?.close();
  await postgres?.stop();
});

const waiting = async () =>
  (
    await rig.database.query<{ event: { id: string; type: string } }>(
      'select event from api.activity_outbox order by seq',
    )
  ).map(({ event }) => event);

const end = async () => Number((await log.positions(TOPICS.apiActivity.name))[0]?.end);

/** Everything that came to the log, once it is so much. */
async function published(least: number): Promise<{ id: string; type: string }[]> {
  const records: LogRecord[] = [];
  const reader = await log.subscribe({
    group: newId(),
    from: 'beginning',
    topics: [TOPICS.apiActivity.name],
    onBatch: async (batch) => void records.push(...batch.records),
  });
  await until(() => records.length >= least);
  await reader.stop();
  return records.map(
    ({ value }) => JSON.parse(new TextDecoder().decode(value)) as { id: string; type: string },
  );
}

describe('what people do while the log is down', () => {
  it('is answered, and reaches the log later, each once and in its order', async () => {
    await rig.person('ana@example.com', PASSWORD, { acme: 'owner' });
    const cookie = await rig.signIn('ana@example.com', PASSWORD);
    expect(
      (
        await rig.ask('/auth/sign-in', {
          method: 'POST',
          body: { email: 'ana@example.com', password: 'something else' },
        })
      ).status,
    ).toBe(401);
    // A failure is recorded after it was answered, so that it tells nothing by its time.
    await until(async () => (await waiting()).length === 2);
    expect(
      (
        await rig.ask('/invitations', {
          method: 'POST',
          body: { email: 'bo@example.com', role: 'auditor' },
          cookie,
        })
      ).status,
    ).toBe(201);
    expect((await rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie })).status).toBe(200);
    const recorded = await waiting();
    expect(recorded.map(({ type }) => type)).toEqual([
      'SignedIn',
      'SignInFailed',
      'InvitationCreated',
      'LoginEnded',
    ]);
    await until(() => refusals > 1 && relay.failures > 1);
    expect(await waiting()).toEqual(recorded);

    isDown = false;
    await until(async () => (await waiting()).length === 0, { timeoutMs: 30_000 });
    const records = await published(recorded.length);
    expect(records).toEqual(recorded);
    await until(() => relay.failures === 0);
  });
});

describe('what people did when a replica died while it told of it', () => {
  it('is told again by another, under the same id', async () => {
    const before = await end();
    isDown = true;
    const cookie = await rig.signIn('ana@example.com', PASSWORD);
    expect((await rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie })).status).toBe(200);
    const recorded = await waiting();
    expect(recorded.map(({ type }) => type)).toEqual(['SignedIn', 'LoginEnded']);
    const dying = new ActivityRelay({
      // The log has it; its outbox is not told so any more.
      database: {
        transaction: (work) =>
          rig.database.transaction(async (session) => {
            await work(session);
            throw new Error('killed');
          }),
      },
      log,
      onError: () => undefined,
    });
    // The other replica may be looking at the outbox right now.
    await until(async () => {
      await expect(dying.publish()).rejects.toThrow('killed');
      return (await end()) > before;
    });
    expect(await waiting()).toEqual(recorded);
    isDown = false;
    await until(async () => (await waiting()).length === 0, { timeoutMs: 30_000 });
    const told = (await published(before + 4)).slice(before);
    expect(told).toEqual([...recorded, ...recorded]);
  });
});
