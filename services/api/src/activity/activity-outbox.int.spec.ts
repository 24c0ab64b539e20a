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
    const records: LogRecord[] = [];
    const reader = await log.subscribe({
      group: 'test',
      from: 'beginning',
      topics: [TOPICS.apiActivity.name],
      onBatch: async (batch) => void records.push(...batch.records),
    });
    await until(() => records.length >= recorded.length);
    await reader.stop();
    expect(records.map(({ value }) => JSON.parse(new TextDecoder().decode(value)) as unknown)).toEqual(
      recorded,
    );
    await until(() => relay.failures === 0);
  });
});
