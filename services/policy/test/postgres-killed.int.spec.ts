import { createHash, randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { COMMANDS_PATH, DECIDE_PATH, QUERIES_PATH, type Health } from '@portcullis/contracts';
import { Database } from '@portcullis/postgres';
import {
  startPostgres,
  throwawayFolder,
  until,
  type TestPostgres,
  type ThrowawayFolder,
} from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolCall } from './decide-rig.js';
import { PolicyProcess, TOKEN } from './policy-process.js';

const ROUNDS = 4;
const WRITERS = 6;

describe('policy process on a Postgres that is killed again and again', { timeout: 300_000 }, () => {
  let postgres: TestPostgres;
  let folder: ThrowawayFolder;
  beforeAll(async () => {
    postgres = await startPostgres({ own: true });
    folder = await throwawayFolder('killed');
  });
  afterAll(async () => {
    await postgres.stop();
    await folder.remove();
  });

  it('lives on, answers again each time, and has kept all it said it had', async () => {
    const url = await postgres.createDatabase();
    const env = {
      PORTCULLIS_POSTGRES_URL: url,
      PORTCULLIS_MASTER_KEY: randomBytes(32).toString('base64'),
      PORTCULLIS_INTERNAL_TOKEN: TOKEN,
      PORTCULLIS_INTERNAL_LISTEN: `unix:${join(folder.path, 'policy.sock')}`,
    };
    const bootstrapped = await PolicyProcess.run('bootstrap', env);
    const first = JSON.parse(bootstrapped.stdout) as { organizationId: string; agentKey: string };
    const tenantId = first.organizationId;
    const policy = PolicyProcess.start('main', env);
    const health = async () => (await policy.call('GET', '/health')).body as Health;
    const serving = () =>
      until(async () => (await health()).status === 'serving', {
        timeoutMs: 60_000,
        describe: 'all of it to serve',
      });
    await until(() => policy.log.includes('"ready"'), {
      timeoutMs: 60_000,
      describe: 'the service to start',
    });
    await serving();

    const asked = await policy.call('POST', QUERIES_PATH, { tenantId, query: { type: 'apiKeys' } });
    const keys = (asked.body as { data: { id: string; label: string }[] }).data;
    const actor = { type: 'api_key', id: keys.find(({ label }) => label === 'Owner')?.id ?? '' };
    const credential = { type: 'api_key', digest: createHash('sha256').update(first.agentKey).digest('hex') };

    const load = { on: true, answers: 0, kept: [] as string[], statuses: new Set<number>() };
    const working = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; load.on; n += 1) {
        const email = `w${writer}-${n}@example.com`;
        const command = { type: 'AddMember', email, name: email, role: 'developer' };
        const written = await policy.call('POST', COMMANDS_PATH, { tenantId, actor, command });
        const decided = await policy.call('POST', DECIDE_PATH, { ...toolCall(), slug: 'any', credential });
        const status =
          written.status === 200 ? ((written.body as { status?: number }).status ?? 200) : written.status;
        if (status === 200) load.kept.push(email);
        load.statuses.add(status).add(decided.status);
        load.answers += 1;
      }
    });
    // Whoever fails says so below; meanwhile it must not end the run.
    const worked = Promise.all(working);
    worked.catch(() => undefined);

    for (let round = 0; round < ROUNDS; round += 1) {
      const moment = load.answers + randomInt(1, 40);
      await until(() => load.answers >= moment || !policy.running, {
        timeoutMs: 60_000,
        intervalMs: 1,
        describe: 'some load',
      });
      await postgres.kill();
      await until(async () => (await policy.call('GET', '/health')).status === 503, {
        timeoutMs: 30_000,
        describe: 'health to say so',
      });
      await postgres.restart();
      await serving();
      const kept = load.kept.length;
      await until(() => load.kept.length > kept, {
        timeoutMs: 60_000,
        describe: 'commands to be taken again',
      });
    }
    load.on = false;
    await worked;
    expect(policy.running).toBe(true);
    expect([...load.statuses].sort()).toEqual([200, 503]);

    const database = await Database.open({ url, applicationName: 'test', maxConnections: 1 });
    try {
      const sql = `select data->>'email' as email from policy.events where type = 'MemberAdded'`;
      const stored = new Set((await database.query<{ email: string }>(sql)).map(({ email }) => email));
      expect(load.kept.filter((email) => !stored.has(email))).toEqual([]);
    } finally {
      await database.close();
    }
    expect(await policy.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});
