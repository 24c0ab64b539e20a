import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startTimeOf } from '../../prepare/process-lock.mjs';
import { emptyDataFolder, startStubDeployment } from '../../test/stub-deployment.js';
import { exitOf } from '../process/exit-of.js';
import type { Deployment } from './start-deployment.js';
import { describeExit } from './tended-process.js';

const NAMES = [
  'anomaly',
  'api',
  'audit',
  'clickhouse',
  'everything',
  'gateway',
  'notification',
  'policy',
  'postgres',
];
const STUB_START = fileURLToPath(new URL('../../test/stub-start.mjs', import.meta.url));

let data: { path: string; remove: () => Promise<void> };
let deployment: Deployment | undefined;
beforeEach(async () => {
  data = await emptyDataFolder();
});
afterEach(async () => {
  await deployment?.stop();
  deployment = undefined;
  await data.remove();
});

const read = (name: string) => readFileSync(join(data.path, name), 'utf8');
const environmentOf = (name: string) => JSON.parse(read(`${name}.env.json`)) as Record<string, string>;
const isAlive = (pid: number) => startTimeOf(pid) !== undefined;
const query = async (sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: environmentOf('policy')['PORTCULLIS_POSTGRES_URL'] });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};
async function listenOn(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a deployment', () => {
  it('starts everything, writes bootstrap.json, and has the same data after a stop', async () => {
    const lines: string[] = [];
    deployment = await startStubDeployment({ dataDir: data.path, say: (line) => lines.push(line) });
    expect(Object.keys(deployment.pids).sort()).toEqual(NAMES);
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(NAMES);
    const written = JSON.parse(read('bootstrap.json')) as object;
    expect(written).toEqual({
      apiUrl: deployment.apiUrl,
      gatewayUrl: deployment.gatewayUrl,
      email: 'owner@example.com',
      password: 'p',
      apiKey: 'ig_owner',
      agentKey: 'ig_agent',
      organizationId: 'o1',
    });
    for (const secret of ['bootstrap.json', 'secrets.json']) {
      expect(statSync(join(data.path, secret)).mode & 0o777).toBe(0o600);
    }
    await query('create table kept (x int)');
    await query('insert into kept values (42)');
    const secrets = read('secrets.json');
    const pids = Object.values(deployment.pids);
    await deployment.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(read('stub-stops.log').trim().split('\n').slice(0, 2).sort()).toEqual(['api', 'gateway']);

    deployment = await startStubDeployment({ dataDir: data.path, bare: true });
    expect(await query('select x from kept')).toEqual([{ x: 42 }]);
    expect(read('secrets.json')).toBe(secrets);
    expect(deployment.bootstrap).toMatchObject({ apiKey: 'ig_owner', apiUrl: deployment.apiUrl });
  });

  it('gives each service what it needs and no secret it does not', async () => {
    deployment = await startStubDeployment({
      dataDir: data.path,
      bare: true,
      env: { PORTCULLIS_LOG_LEVEL: 'warn', PORTCULLIS_MASTER_KEY: '' },
    });
    const [policy, gateway, api, audit] = ['policy', 'gateway', 'api', 'audit'].map(environmentOf);
    expect(Buffer.from(policy?.['PORTCULLIS_MASTER_KEY'] ?? '', 'base64')).toHaveLength(32);
    for (const other of [gateway, api, audit]) expect(other).not.toHaveProperty('PORTCULLIS_MASTER_KEY');
    expect(gateway).not.toHaveProperty('PORTCULLIS_CLICKHOUSE_URL');
    expect(audit?.['PORTCULLIS_CLICKHOUSE_URL']).toMatch(
      /^http:\/\/portcullis:.+@127\.0\.0\.1:\d+\/portcullis$/,
    );
    expect(gateway?.['PORTCULLIS_ALLOW_PRIVATE_UPSTREAMS']).toBe('true');
    expect(gateway?.['PORTCULLIS_LOG_LEVEL']).toBe('warn');
    expect(gateway?.['PORTCULLIS_INTERNAL_LISTEN']).toBe(api?.['PORTCULLIS_GATEWAY_URL']);
    expect(gateway?.['PORTCULLIS_GATEWAY_PORT']).toBe(new URL(deployment.gatewayUrl).port);
  });

  it('starts no engine of its own where an external one is named', async () => {
    const env = {
      PORTCULLIS_POSTGRES_URL: 'postgresql://u:p@db.example.com/portcullis',
      PORTCULLIS_CLICKHOUSE_URL: 'https://u:p@ch.example.com/portcullis',
      PORTCULLIS_KAFKA_BROKERS: 'kafka.example.com:9092',
    };
    deployment = await startStubDeployment({ dataDir: data.path, bare: true, env });
    expect(Object.keys(deployment.pids).sort()).toEqual([
      'anomaly',
      'api',
      'audit',
      'gateway',
      'notification',
      'policy',
    ]);
    expect(environmentOf('audit')).toMatchObject(env);
    expect(environmentOf('gateway')['PORTCULLIS_KAFKA_BROKERS']).toBe('kafka.example.com:9092');
  });

  it('registers the reference server once, and later only moves it', async () => {
    deployment = await startStubDeployment({ dataDir: data.path });
    await deployment.stop();
    deployment = await startStubDeployment({ dataDir: data.path });
    const writes = read('stub-api.log')
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('GET'));
    expect(writes).toEqual([
      'POST /api/v1/connections',
      'POST /api/v1/policies',
      'PATCH /api/v1/connections/c1',
    ]);
    const { connection } = JSON.parse(read('stub-api.json')) as { connection: { upstreamUrl: string } };
    const reply = await fetch(connection.upstreamUrl, {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: {
          protocolVersion: '2025-06-18',
          capabilities: {},
          clientInfo: { name: 'test', version: '1' },
        },
      }),
    });
    expect(await reply.text()).toContain('serverInfo');
  });

  it('does not register again what somebody deleted', async () => {
    deployment = await startStubDeployment({ dataDir: data.path });
    await deployment.stop();
    rmSync(join(data.path, 'stub-api.json'));
    deployment = await startStubDeployment({ dataDir: data.path });
    expect(existsSync(join(data.path, 'stub-api.json'))).toBe(false);
  });

  it('starts again what is killed', async () => {
    deployment = await startStubDeployment({ dataDir: data.path });
    const before = deployment.pids;
    await query('create table kept (x int)');
    for (const name of NAMES) deployment.kill(name, 'SIGKILL');
    await vi.waitUntil(() => Object.values(before).every((pid) => !isAlive(pid)), 10_000);
    await deployment.waitHealthy(30_000);
    const after = deployment.pids;
    expect(Object.keys(after).sort()).toEqual(NAMES);
    expect(Object.values(after).filter((pid) => Object.values(before).includes(pid))).toEqual([]);
    expect(await query('select * from kept')).toEqual([]);
  });

  it('leaves no process behind when its supervisor is killed, and starts on that data at once', async () => {
    const supervisor = spawn(process.execPath, [STUB_START, data.path], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], PORTCULLIS_API_PORT: '0', PORTCULLIS_GATEWAY_PORT: '0' },
    });
    const complaint = text(supervisor.stderr);
    const [line] = await Promise.race([
      once(supervisor.stdout, 'data') as Promise<[Buffer]>,
      exitOf(supervisor).then(async (exit) => {
        throw new Error(`the supervisor ended by itself (${describeExit(exit)}): ${await complaint}`);
      }),
    ]);
    const pids = Object.values(JSON.parse(line.toString()) as Record<string, number>);
    expect(pids.filter(isAlive)).toHaveLength(NAMES.length);
    supervisor.kill('SIGKILL');
    await exitOf(supervisor);
    deployment = await startStubDeployment({ dataDir: data.path });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(Object.keys(deployment.pids).sort()).toEqual(NAMES);
  });

  it('gives up an unfinished start when asked to, leaving nothing', async () => {
    const abort = new AbortController();
    const starting = startStubDeployment({
      dataDir: data.path,
      signal: abort.signal,
      say: (line) => {
        if (line.startsWith('clickhouse')) abort.abort();
      },
    });
    await expect(starting).rejects.toThrow();
    deployment = await startStubDeployment({ dataDir: data.path, bare: true });
  });

  it('works in a folder whose path is too long for a Unix socket', async () => {
    const dataDir = join(data.path, 'd'.repeat(120));
    deployment = await startStubDeployment({ dataDir, bare: true });
    await deployment.waitHealthy();
  });
});

describe('npm start', () => {
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const run = async (script: string, args: string[], env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, [script, ...args], { env: { PATH: process.env['PATH'], ...env } });
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const { code } = await exitOf(child);
    return { code, stdout: await stdout, stderr: await stderr };
  };

  it('ends with one line on standard error and a code when it cannot start', async () => {
    const server = await listenOn(0);
    const { port } = server.address() as { port: number };
    const result = await run(path('../../test/stub-main.mjs'), [], {
      PORTCULLIS_DATA_DIR: data.path,
      PORTCULLIS_API_PORT: String(port),
    });
    server.close();
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: `portcullis: Port ${port} on 127.0.0.1 is in use; PORTCULLIS_API_PORT chooses another.\n`,
    });
  });

  it('helps, and refuses what it does not know, before it installs or starts anything', async () => {
    const script = path('../../../../start.mjs');
    expect(await run(script, ['--help'], {})).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('--bare'),
    });
    expect(await run(script, ['--nope'], {})).toEqual({
      code: 1,
      stdout: '',
      stderr: 'portcullis: Unknown option --nope; npm start -- --help lists them.\n',
    });
  });
});

describe('a deployment that cannot start says why in one line', () => {
  const failure = async (options: Parameters<typeof startStubDeployment>[0]): Promise<string> => {
    const error = await startStubDeployment(options).then(
      async (started) => {
        await started.stop();
        throw new Error('it started');
      },
      (reason: unknown) => reason as Error,
    );
    expect(error.name).toBe('EngineError');
    expect(error.message).not.toContain('\n');
    return error.message;
  };

  it('when a port is used', async () => {
    const server = await listenOn(0);
    const { port } = server.address() as { port: number };
    const message = await failure({ dataDir: data.path, env: { PORTCULLIS_GATEWAY_PORT: String(port) } });
    expect(message).toBe(`Port ${port} on 127.0.0.1 is in use; PORTCULLIS_GATEWAY_PORT chooses another.`);
    server.close();
  });

  it('when a port is none', async () => {
    expect(await failure({ dataDir: data.path, env: { PORTCULLIS_API_PORT: '70000' } })).toBe(
      'PORTCULLIS_API_PORT is not a port: 70000',
    );
  });

  it('when the data folder is in use', async () => {
    deployment = await startStubDeployment({ dataDir: data.path, bare: true });
    expect(await failure({ dataDir: data.path })).toBe(
      `The data folder ${data.path} is in use by process ${process.pid}: stop that one, or set PORTCULLIS_DATA_DIR to another folder.`,
    );
    await deployment.waitHealthy();
  });

  it('when the data folder cannot be made', async () => {
    const file = join(data.path, 'file');
    writeFileSync(file, '');
    expect(await failure({ dataDir: join(file, 'data') })).toContain(
      `The data folder ${file}/data cannot be created`,
    );
  });

  it('when a service refuses its configuration, in that service’s words', async () => {
    const message = await failure({
      dataDir: data.path,
      env: { STUB_AUDIT_EXIT: 'PORTCULLIS_X is required' },
    });
    expect(message).toContain(
      'audit stopped while starting (exit code 78): portcullis audit: PORTCULLIS_X is required',
    );
  });

  it('when a service is not built', async () => {
    expect(await failure({ dataDir: data.path, root: '/nowhere' })).toMatch(/^\w+ is not built: \/nowhere/);
  });

  it('when its secrets are damaged, leaving them alone', async () => {
    deployment = await startStubDeployment({ dataDir: data.path, bare: true });
    await deployment.stop();
    writeFileSync(join(data.path, 'secrets.json'), '{');
    expect(await failure({ dataDir: data.path })).toContain('secrets.json is not readable JSON');
    expect(read('secrets.json')).toBe('{');
  });
});
