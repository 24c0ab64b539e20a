import { healthSchema } from '@portcullis/contracts';
import {
  startPostgres,
  throwawayFolder,
  until,
  type TestPostgres,
  type ThrowawayFolder,
} from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  buildService,
  startProcess,
  whenServing,
  type NotificationProcess,
} from '../test/notification-process.js';

describe('the process', () => {
  let postgres: TestPostgres;
  let folder: ThrowawayFolder;
  let url: string;
  let process: NotificationProcess | undefined;

  beforeAll(async () => {
    buildService();
    postgres = await startPostgres();
    folder = await throwawayFolder('notification');
    url = await postgres.createDatabase();
  }, 300_000);

  afterEach(async () => {
    await process?.stop('SIGKILL');
    process = undefined;
  });

  afterAll(async () => {
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

  it('tells its health, and stops when told to', async () => {
    const serving = start();
    await whenServing(serving);
    const health = healthSchema.parse(JSON.parse((await serving.get('/health')).body));
    expect(health).toMatchObject({ service: 'notification', status: 'serving' });
    expect(await serving.stop('SIGTERM')).toBe(0);
  });
});
