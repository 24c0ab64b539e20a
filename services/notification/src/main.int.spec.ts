import {
  allTopics,
  deadLetterTopic,
  healthSchema,
  NOTIFICATION_COMMANDS_PATH,
  NOTIFICATION_QUERIES_PATH,
  TOPICS,
  type AlertView,
  type EventEnvelope,
} from '@portcullis/contracts';
import { PostgresEventLog } from '@portcullis/eventlog';
import {
  buildService,
  startPostgres,
  throwawayFolder,
  until,
  type TestPostgres,
  type ThrowawayFolder,
} from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call, finding, killSwitchEngaged, killSwitchReleased, newRecord } from '../test/events.js';
import { startProcess, type NotificationProcess } from '../test/notification-process.js';

describe('the process', () => {
  let postgres: TestPostgres;
  let folder: ThrowawayFolder;
  let url: string;
  let log: PostgresEventLog;
  let process: NotificationProcess | undefined;

  beforeAll(async () => {
    buildService('notification');
    postgres = await startPostgres();
    folder = await throwawayFolder('notification');
    url = await postgres.createDatabase();
    log = new PostgresEventLog({ connectionString: url, pollMs: 50 });
    await log.ensureTopics(allTopics());
  }, 300_000);

  afterEach(async () => {
    await process?.stop('SIGKILL');
    process = undefined;
  });

  afterAll(async () => {
    await log?.close();
    await postgres?.stop();
    await folder?.remove();
  });

  const start = (env: Record<string, string> = {}) =>
    (process = startProcess({ PORTCULLIS_POSTGRES_URL: url, ...env }, `${folder.path}/notification.sock`));

  it('refuses a setting that is missing, in one line', async () => {
    const refused = start({ PORTCULLIS_POSTGRES_URL: '' });
    await until(() => refused.child.exitCode !== null, { timeoutMs: 60_000 });
    expect(refused.child.exitCode).toBe(78);
    expect(refused.output().trim().split('\n')).toEqual([
      expect.stringContaining('PORTCULLIS_POSTGRES_URL is required'),
    ]);
  });

  const alertsOf = async (tenantId: string, cursor: string | null = null): Promise<AlertView[]> => {
    const query = { type: 'alerts', limit: 200, cursor };
    const { body } = await process!.post(NOTIFICATION_QUERIES_PATH, { tenantId, query });
    const page = JSON.parse(body) as { data: AlertView[]; cursor: string | null };
    return page.cursor === null ? page.data : [...page.data, ...(await alertsOf(tenantId, page.cursor))];
  };
  const taken = async () => {
    const names = [TOPICS.anomalyFindings.name, TOPICS.calls.name, TOPICS.policyChanges.name];
    const committed = await Promise.all(names.map((name) => log.committed('notification.alerts', name)));
    return committed.flatMap((offsets) => [...offsets.values()]).reduce((sum, offset) => sum + offset, 0n);
  };
  const caughtUp = () =>
    until(
      async () => {
        const names = [TOPICS.anomalyFindings.name, TOPICS.calls.name, TOPICS.policyChanges.name];
        const ends = await Promise.all(names.map((name) => log.positions(name)));
        return (await taken()) === ends.flat().reduce((sum, { end }) => sum + end, 0n);
      },
      { timeoutMs: 60_000, describe: 'everything to be taken in' },
    );
  /** What the topic has, each event once: the relay may repeat its last. */
  const published = async (): Promise<EventEnvelope[]> => {
    const events = new Map<string, EventEnvelope>();
    const end = (await log.positions(TOPICS.notificationDeliveries.name))[0]!.end;
    let seen = 0n;
    const reader = await log.tail({
      topics: [TOPICS.notificationDeliveries.name],
      after: new Map([[`${TOPICS.notificationDeliveries.name}/0`, -1n]]),
      onBatch: async ({ records }) => {
        for (const { value, offset } of records) {
          const event = JSON.parse(Buffer.from(value).toString()) as EventEnvelope;
          events.set(event.id, event);
          seen = offset + 1n;
        }
      },
    });
    await until(() => seen >= end, { timeoutMs: 30_000 });
    await reader.stop();
    return [...events.values()];
  };

  it('tells its health and its figures, answers, and stops when told to', async () => {
    const serving = start();
    await serving.whenServing();
    const health = healthSchema.parse(JSON.parse((await serving.get('/health')).body));
    expect(health).toMatchObject({ service: 'notification', status: 'serving' });
    expect(health.checks.map(({ name }) => name)).toEqual(['log', 'timers', 'outbox']);

    await log.append([finding({}, { tenantId: 'first' })].map(newRecord));
    await log.append([{ ...newRecord(finding()), value: Buffer.from('damaged') }]);
    await caughtUp();
    const [alert] = await alertsOf('first');
    expect(alert).toMatchObject({ kind: 'rate_spike', state: 'open' });
    const command = { type: 'AcknowledgeAlert', alertId: alert!.id, note: 'mine' };
    const envelope = { tenantId: 'first', actor: { type: 'user', id: 'u1', name: 'Ana' }, command };
    const answer = await serving.post(NOTIFICATION_COMMANDS_PATH, envelope);
    expect(JSON.parse(answer.body)).toMatchObject({ data: { state: 'acknowledged', acknowledgedBy: 'Ana' } });
    const foreign = await serving.post(NOTIFICATION_COMMANDS_PATH, { ...envelope, tenantId: 'other' });
    expect(foreign).toMatchObject({ status: 404, body: expect.stringContaining('alert.not_found') });
    const wrong = await serving.post(NOTIFICATION_COMMANDS_PATH, {
      ...envelope,
      command: { type: 'Explode' },
    });
    expect(wrong.status).toBe(400);
    const { body } = await serving.get('/metrics');
    expect(body).toMatch(
      /notification_signals_total\{topic="anomaly.findings.v1",outcome="new",service="notification"\} 1/,
    );
    expect(body).toMatch(
      /notification_dead_letters_total\{topic="anomaly.findings.v1",code="notification.invalid_json"/,
    );
    const [letters] = await log.positions(deadLetterTopic(TOPICS.anomalyFindings.name));
    expect(letters!.end).toBe(1n);
    await until(async () => (await published()).length === 2);
    expect((await published()).map(({ type }) => type)).toEqual(['AlertOpened', 'AlertAcknowledged']);
    expect(await serving.stop('SIGTERM')).toBe(0);
  });

  it('answers a repeated Idempotency-Key as it did, and refuses it for another command', async () => {
    const serving = start();
    await serving.whenServing();
    const [alert] = await alertsOf('first');
    const ask = (command: object) =>
      serving.post(NOTIFICATION_COMMANDS_PATH, {
        tenantId: 'first',
        actor: { type: 'user', id: 'u1', name: 'Ana' },
        idempotencyKey: 'once',
        command,
      });
    const resolve = { type: 'ResolveAlert', alertId: alert!.id };
    const [first, again] = [await ask(resolve), await ask(resolve)];
    expect(first.status).toBe(200);
    expect(again.body).toBe(first.body);
    const other = await ask({ type: 'ReopenAlert', alertId: alert!.id });
    expect(other).toMatchObject({ status: 409, body: expect.stringContaining('idempotency.key_reused') });
  });

  it('loses and repeats nothing when it is killed at random points under load', async () => {
    const expected = new Map<string, number>();
    const count = (key: string) => expected.set(key, (expected.get(key) ?? 0) + 1);
    let seq = 0;
    const some = (n: number): EventEnvelope[] => {
      const rule = `rule-${n % 7}`;
      const gateway = { id: 'gw', epoch: 'under-load', seq: (seq += 1) };
      count(`spike-${n % 40}`);
      count(rule);
      const events: EventEnvelope[] = [finding({ dedupKey: `spike-${n % 40}` }), call({ rule }, { gateway })];
      if (n % 10 === 0) {
        count(`kill_switch:${n}`);
        events.push(killSwitchEngaged(`${n}`));
        if (n % 20 === 0) events.push(killSwitchReleased(`${n}`));
      }
      return events;
    };
    let sent = 0;
    const send = async (upTo: number) => {
      for (; sent < upTo; sent += 1) await log.append(some(sent).map(newRecord));
    };
    for (let kill = 1; kill <= 6; kill += 1) {
      const before = await taken();
      const victim = start();
      const sending = send(kill * 150);
      // In the midst of its work: it has begun, and more is coming.
      await until(async () => (await taken()) > before, { timeoutMs: 60_000, intervalMs: 2 });
      await new Promise((resolve) => setTimeout(resolve, (kill * 37) % 120));
      await victim.stop('SIGKILL');
      await sending;
    }
    await start().whenServing();
    await caughtUp();
    const alerts = await alertsOf('acme');
    const found = new Map(
      alerts.map(({ kind, rule, dedupKey, occurrences }) => [
        kind === 'policy_alert' ? rule! : dedupKey,
        occurrences,
      ]),
    );
    expect([...found].toSorted()).toEqual([...expected].toSorted());
    for (const { dedupKey, state } of alerts) {
      const [, number] = /^kill_switch:(\d+)$/.exec(dedupKey) ?? [];
      expect(state).toBe(number !== undefined && Number(number) % 20 === 0 ? 'resolved' : 'open');
    }
    const isOf = ({ tenantId }: EventEnvelope) => tenantId === 'acme';
    const transitions = alerts.length + alerts.filter(({ state }) => state === 'resolved').length;
    await until(async () => (await published()).filter(isOf).length >= transitions, { timeoutMs: 30_000 });
    const told = (await published())
      .filter(isOf)
      .map(({ type, data }) => `${type} ${(data as { dedupKey: string }).dedupKey}`);
    expect(told).toHaveLength(transitions);
    expect(new Set(told).size).toBe(transitions);
  }, 240_000);
});
