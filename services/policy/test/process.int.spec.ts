import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AUTHENTICATE_PATH,
  COMMANDS_PATH,
  DECIDE_PATH,
  QUERIES_PATH,
  TOPICS,
  type ApiKeyView,
  type CommandResult,
  type Health,
  type SessionView,
} from '@portcullis/contracts';
import { PostgresEventLog, type LogBatch } from '@portcullis/eventlog';
import { Database } from '@portcullis/postgres';
import {
  startPostgres,
  throwawayFolder,
  until,
  type TestPostgres,
  type ThrowawayFolder,
} from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callRecord } from './call-records.js';
import { toolCall } from './decide-rig.js';
import { PolicyProcess, TOKEN } from './policy-process.js';
import { createConnection, createPolicy } from './samples.js';

interface FirstStart {
  organizationId: string;
  email: string;
  password: string;
  apiKey: string;
  agentKey: string;
}

// Each test starts several processes, each of which loads everything.
describe('policy process', { timeout: 180_000 }, () => {
  let postgres: TestPostgres;
  let folder: ThrowawayFolder;
  let env: Record<string, string>;
  let policy: PolicyProcess | undefined;

  beforeAll(async () => {
    postgres = await startPostgres({ own: true });
    folder = await throwawayFolder('policy');
  });
  afterEach(async () => {
    if (policy?.running) await policy.stop('SIGKILL');
    policy = undefined;
  });
  afterAll(async () => {
    await postgres.stop();
    await folder.remove();
  });

  const freshEnv = async () => {
    env = {
      PORTCULLIS_POSTGRES_URL: await postgres.createDatabase(),
      PORTCULLIS_MASTER_KEY: randomBytes(32).toString('base64'),
      PORTCULLIS_INTERNAL_TOKEN: TOKEN,
      PORTCULLIS_INTERNAL_LISTEN: `unix:${join(folder.path, 'policy.sock')}`,
    };
    return env;
  };
  const start = async () => {
    const started = (policy = PolicyProcess.start('main', env));
    await until(async () => (await started.call('GET', '/health')).status === 200, {
      timeoutMs: 30_000,
      describe: 'the policy service to serve',
    });
    return started;
  };
  const bootstrap = async () => {
    const { code, stdout, stderr } = await PolicyProcess.run('bootstrap', env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as FirstStart;
  };
  const digest = (key: string) => createHash('sha256').update(key).digest('hex');
  const decide = (key: string, slug: string) =>
    policy?.call('POST', DECIDE_PATH, {
      ...toolCall(),
      slug,
      credential: { type: 'api_key', digest: digest(key) },
    });

  it('starts on an empty database, is set up once, administers, decides, and stops cleanly', async () => {
    await freshEnv();
    const running = await start();
    expect(statSync(join(folder.path, 'policy.sock')).mode & 0o777).toBe(0o600);
    const first = await bootstrap();
    expect(Object.keys(first).sort()).toEqual(['agentKey', 'apiKey', 'email', 'organizationId', 'password']);
    expect((await PolicyProcess.run('bootstrap', env)).stdout).toBe('{"created":false}\n');

    const { organizationId: tenantId } = first;
    const owner = (await running.call('POST', QUERIES_PATH, { tenantId, query: { type: 'apiKeys' } }))
      .body as { data: { id: string; label: string }[] };
    const actor = {
      type: 'api_key',
      id: owner.data.find(({ label }) => label === 'Owner')?.id ?? '',
      name: 'Owner',
    };
    const command = (body: unknown, over: object = {}) =>
      running.call('POST', COMMANDS_PATH, { tenantId, actor, command: body, ...over });

    const created = await command(createConnection('github', { authType: 'bearer', credential: 'gh-token' }));
    expect(created).toMatchObject({
      status: 200,
      body: { propagated: true, data: { slug: 'github', hasCredential: true } },
    });
    expect((await command(createConnection('github'))).body).toMatchObject({
      status: 409,
      code: 'connection.slug_taken',
    });
    expect(await command(createConnection('open'))).toMatchObject({ status: 200 });
    expect(await command(createPolicy('Open', 'open'))).toMatchObject({ status: 200 });
    expect((await decide(first.agentKey, 'open'))?.body).toMatchObject({
      decision: 'allow',
      policy: { name: 'Open', revision: 1 },
    });
    expect((await decide(first.apiKey, 'open'))?.body).toMatchObject({
      decision: 'deny',
      reason: 'auth.insufficient_scope',
    });

    expect(
      (await running.call('POST', COMMANDS_PATH, { tenantId, actor, command: { type: 'Explode' } })).body,
    ).toMatchObject({ status: 400, code: 'request.invalid' });
    expect((await running.call('POST', COMMANDS_PATH, '{"tenantId":')).body).toMatchObject({ status: 400 });
    expect((await command({ type: 'RevokeApiKey', keyId: 'nul\u0000' })).body).toMatchObject({
      status: 400,
      code: 'request.invalid',
    });
    expect((await running.call('POST', COMMANDS_PATH, {}, null)).status).toBe(401);
    expect((await running.call('GET', '/internal/v1/nothing')).status).toBe(404);
    expect((await running.call('GET', '/metrics')).body).toContain('process_cpu');

    for (const secret of [
      first.apiKey,
      first.agentKey,
      'gh-token',
      env['PORTCULLIS_MASTER_KEY'] ?? '',
      TOKEN,
    ])
      expect(running.log).not.toContain(secret);

    const authenticated = await running.call('POST', AUTHENTICATE_PATH, {
      credential: { type: 'api_key', digest: digest(first.apiKey) },
    });
    expect(authenticated.body).toMatchObject({ principal: { tenantId, id: actor.id, scopes: ['admin'] } });
    expect(await running.stop()).toMatchObject({ code: 0, stderr: '' });
    // What was still in memory is written before the end.
    const again = await start();
    const key = (
      await again.call('POST', QUERIES_PATH, { tenantId, query: { type: 'apiKey', keyId: actor.id } })
    ).body as { data: ApiKeyView };
    expect(key.data.lastUsedAt).not.toBeNull();
  });

  it('publishes what changed to the log, and derives sessions from the calls in it', async () => {
    await freshEnv();
    const first = await bootstrap();
    const running = await start();
    const log = new PostgresEventLog({ connectionString: env['PORTCULLIS_POSTGRES_URL'] ?? '' });
    try {
      const types: string[] = [];
      const reader = await log.subscribe({
        group: 'test',
        topics: [TOPICS.policyChanges.name],
        from: 'beginning',
        onBatch: async ({ records }: LogBatch) => {
          types.push(...records.map(({ type }) => type));
          await Promise.resolve();
        },
      });
      await until(() => types.length === 4, { describe: 'the first organization in the log' });
      expect(types).toEqual(['OrganizationCreated', 'MemberAdded', 'ApiKeyCreated', 'ApiKeyCreated']);
      await reader.stop();
      await log.append([callRecord({ tenantId: first.organizationId, agentSession: 'session-1' })]);
      const sessions = async () =>
        (
          (
            await running.call('POST', QUERIES_PATH, {
              tenantId: first.organizationId,
              query: { type: 'sessions' },
            })
          ).body as { data: SessionView[] }
        ).data;
      expect(await until(async () => (await sessions())[0], { describe: 'the session' })).toMatchObject({
        id: 'session-1',
        calls: 1,
        status: 'active',
      });
    } finally {
      await log.close();
    }
  });

  it('refuses while Postgres is gone and recovers by itself when it is back', async () => {
    await freshEnv();
    const first = await bootstrap();
    const running = await start();
    const { organizationId: tenantId } = first;
    const keys = (await running.call('POST', QUERIES_PATH, { tenantId, query: { type: 'apiKeys' } }))
      .body as { data: { id: string; label: string }[] };
    const actor = { type: 'api_key', id: keys.data.find(({ label }) => label === 'Owner')?.id ?? '' };
    const member = (name: string) =>
      running.call('POST', COMMANDS_PATH, {
        tenantId,
        actor,
        command: { type: 'AddMember', email: `${name}@example.com`, name, role: 'developer' },
      });
    expect((await member('before')).status).toBe(200);
    await postgres.kill();
    expect((await member('meanwhile')).body).toMatchObject({ status: 503, code: 'policy.unavailable' });
    await until(async () => (await decide(first.agentKey, 'any'))?.status === 503, {
      describe: 'decisions to be refused',
    });
    await until(async () => (await running.call('GET', '/health')).status === 503, {
      describe: 'health to say so',
    });
    await postgres.restart();
    await until(async () => (await decide(first.agentKey, 'any'))?.status === 200, {
      timeoutMs: 20_000,
      describe: 'decisions again',
    });
    const after = await until(async () => {
      const answer = await member('after');
      return answer.status === 200 ? (answer.body as CommandResult) : null;
    });
    expect(after.propagated).toBe(true);
    const members = (
      (await running.call('POST', QUERIES_PATH, { tenantId, query: { type: 'members' } })).body as {
        data: { name: string }[];
      }
    ).data;
    expect(members.map(({ name }) => name)).toEqual(['Owner', 'before', 'after']);
    await until(async () => ((await running.call('GET', '/health')).body as Health).status === 'serving', {
      timeoutMs: 30_000,
      describe: 'everything to serve',
    });
    expect(running.running).toBe(true);
    expect((await running.stop()).code).toBe(0);
  });

  it('ends when Postgres lost what it had read, so that nobody decides by what never was', async () => {
    await freshEnv();
    await bootstrap();
    const running = await start();
    const database = await Database.open({
      url: env['PORTCULLIS_POSTGRES_URL'] ?? '',
      applicationName: 'test',
      maxConnections: 1,
    });
    try {
      // As after a failover to a standby that lacked the last event.
      await database.transaction(async (session) => {
        await session.query(`set local session_replication_role = replica`);
        await session.query(
          'delete from policy.events where global_position = (select max(global_position) from policy.events)',
        );
        await session.query('update policy.event_position set last_position = last_position - 1');
      });
    } finally {
      await database.close();
    }
    const { code, stdout } = await running.ended();
    expect(code).toBe(1);
    expect(stdout).toContain('postgres.history_diverged');
  });

  it('waits for Postgres when it starts first', async () => {
    await freshEnv();
    await postgres.kill();
    const waiting = (policy = PolicyProcess.start('main', env));
    await until(() => waiting.log.includes('waiting for Postgres'), {
      timeoutMs: 20_000,
      describe: 'the service to wait',
    });
    await postgres.restart();
    await until(async () => (await waiting.call('GET', '/health')).status === 200, {
      timeoutMs: 30_000,
      describe: 'the service to serve',
    });
  });

  it.each([
    ['a missing master key', { PORTCULLIS_MASTER_KEY: '' }, 'PORTCULLIS_MASTER_KEY is required'],
    ['a short master key', { PORTCULLIS_MASTER_KEY: 'c2hvcnQ=' }, 'PORTCULLIS_MASTER_KEY is invalid'],
    [
      'a database that is none',
      { PORTCULLIS_POSTGRES_URL: 'mysql://x' },
      'PORTCULLIS_POSTGRES_URL is invalid',
    ],
  ])('ends with one line on %s', async (_, over, line) => {
    await freshEnv();
    const { code, stderr } = await PolicyProcess.run('main', { ...env, ...over });
    expect(code).not.toBe(0);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(line)]);
    expect(stderr).not.toContain('c2hvcnQ=');
  });

  it('does not start with another master key than before', async () => {
    await freshEnv();
    await bootstrap();
    const { code, stderr } = await PolicyProcess.run('main', {
      ...env,
      PORTCULLIS_MASTER_KEY: randomBytes(32).toString('base64'),
    });
    expect(code).toBe(1);
    expect(stderr).toContain('PORTCULLIS_MASTER_KEY is not the key this database was set up with');
  });

  it('bootstraps once, however often at the same time', async () => {
    await freshEnv();
    const printed = await Promise.all(
      [1, 2, 3].map(async () => (await PolicyProcess.run('bootstrap', env)).stdout),
    );
    expect(printed.filter((line) => line === '{"created":false}\n')).toHaveLength(2);
  });
});
