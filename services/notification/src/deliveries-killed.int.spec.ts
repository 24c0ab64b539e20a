import {
  NOTIFICATION_COMMANDS_PATH,
  NOTIFICATION_QUERIES_PATH,
  type DeliveryView,
  type WrittenChannel,
} from '@portcullis/contracts';
import { Database } from '@portcullis/postgres';
import {
  buildService,
  startPostgres,
  throwawayFolder,
  until,
  type TestPostgres,
  type ThrowawayFolder,
} from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess, type NotificationProcess } from '../test/notification-process.js';
import { aNotification } from '../test/notifications.js';
import { startHttpReceiver } from '../test/receivers.js';
import { DeliveryQueue } from './delivery/delivery-queue.js';
import { newId } from './new-id.js';

const ROUNDS = 8;
const EACH = 30;

describe('a process that is killed while it sends', () => {
  let postgres: TestPostgres;
  let folder: ThrowawayFolder;
  let process: NotificationProcess | undefined;

  beforeAll(async () => {
    buildService('notification');
    postgres = await startPostgres();
    folder = await throwawayFolder('deliveries');
  }, 300_000);
  afterAll(async () => {
    await process?.stop('SIGKILL');
    await postgres?.stop();
    await folder?.remove();
  });

  it('loses no notification, and what is sent twice carries the same id', async () => {
    const url = await postgres.createDatabase();
    const receiver = await startHttpReceiver();
    const start = async () => {
      const env = { PORTCULLIS_POSTGRES_URL: url, PORTCULLIS_ALLOW_PRIVATE_RECEIVERS: 'true' };
      process = startProcess(env, `${folder.path}/notification.sock`);
      await process.whenServing();
      return process;
    };
    let serving = await start();
    const { body } = await serving.post(NOTIFICATION_COMMANDS_PATH, {
      tenantId: 'acme',
      actor: { type: 'user', id: 'u1' },
      command: {
        type: 'CreateChannel',
        channel: { type: 'webhook', name: 'hook', settings: { url: receiver.url } },
      },
    });
    const { id: channelId } = (JSON.parse(body) as { data: WrittenChannel }).data;

    const database = await Database.open({ url, applicationName: 'test' });
    const queue = new DeliveryQueue();
    const sent = new Set<string>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (let n = 0; n < EACH; n += 1) {
        const notification = aNotification({
          id: newId(),
          channelId,
          groupKey: newId(),
          createdAt: new Date().toISOString(),
        });
        await database.transaction((session) => queue.enqueue(session, notification));
        sent.add(notification.id);
      }
      const before = receiver.received.length;
      // At another moment of its work each time: as the answer leaves, or while it is being recorded.
      await until(() => receiver.received.length > before + round, { timeoutMs: 60_000, intervalMs: 1 });
      await serving.stop('SIGKILL');
      serving = await start();
    }
    const delivered = async (): Promise<DeliveryView[]> => {
      const found: DeliveryView[] = [];
      for (let cursor: string | null = null; ;) {
        const query: object = { type: 'deliveries', status: 'delivered', limit: 200, cursor };
        const answer = await serving.post(NOTIFICATION_QUERIES_PATH, { tenantId: 'acme', query });
        const page = JSON.parse(answer.body) as { data: DeliveryView[]; cursor: string | null };
        found.push(...page.data);
        if (page.cursor === null) return found;
        cursor = page.cursor;
      }
    };
    await until(async () => (await delivered()).length === sent.size, { timeoutMs: 60_000 });
    const received = receiver.received.map(({ headers }) => String(headers['webhook-id']));
    expect(new Set(received)).toEqual(sent);
    // A duplicate is a send that was not recorded: at most what was in hand at each kill.
    expect(received.length - sent.size).toBeLessThanOrEqual(ROUNDS * 4);
    await database.close();
    await receiver.stop();
  }, 240_000);
});
