// The transport of a decide call: this gateway's client, undici and node:http, against the same server on a Unix socket.
// Needs a build: npx tsc -b services/gateway/tsconfig.lib.json
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as nodeRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DECIDE_PATH } from '@portcullis/contracts';
import { generateSealingKeyPair } from '@portcullis/service';
import { Client, Pool } from 'undici';
import { ConnectionCache } from '../dist/policy-client/connection-cache.js';
import { HttpPolicyClient } from '../dist/policy-client/http-policy-client.js';
import { PipelinedConnection, requestHead } from '../dist/policy-client/pipelined-connection.js';
import { question } from './parts/call.mjs';
import { part } from './parts/load.mjs';

const ROUNDS = 3;
const MS = 1_500;
const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const path = join(folder, 'policy.sock');
const endpoint = { kind: 'unix', path };
const policy = await part('policy', [path]);

const token = 't'.repeat(43);
const gateway = { id: 'bench', epoch: '0198f5a0-0000-7000-8000-000000000000' };
const { argumentsJson, ...facts } = question('0198f5a0-0000-7000-8000-000000000009');
const body = () => JSON.stringify({ ...facts, gateway, have: 'x', arguments: JSON.parse(argumentsJson) });
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };

const viaUndici = (dispatcher) => async () => {
  const answer = await dispatcher.request({ path: DECIDE_PATH, method: 'POST', headers, body: body() });
  return JSON.parse(await answer.body.text());
};
const viaNodeHttp = (agent) => () =>
  new Promise((resolve, reject) => {
    const text = body();
    const outgoing = nodeRequest(
      {
        socketPath: path,
        path: DECIDE_PATH,
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': Buffer.byteLength(text) },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks))));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
const pipelined = new PipelinedConnection(
  endpoint,
  requestHead(DECIDE_PATH, endpoint, token),
  () => undefined,
);
const client = new HttpPolicyClient({
  policy: endpoint,
  token,
  gateway,
  control: { healthy: true },
  connections: new ConnectionCache(generateSealingKeyPair()),
});

const ways = {
  'node:http, keep-alive agent': viaNodeHttp(new Agent({ keepAlive: true, maxSockets: 32 })),
  'undici Client, no pipelining': viaUndici(new Client('http://localhost', { socketPath: path })),
  'undici Client, pipelining 32': viaUndici(
    new Client('http://localhost', { socketPath: path, pipelining: 32 }),
  ),
  'undici Pool of 8': viaUndici(new Pool('http://localhost', { socketPath: path, connections: 8 })),
  'own connection, pipelined': async () => JSON.parse((await pipelined.post(body(), 5_000)).body),
  'the policy client, answer checked and connection kept': () => client.decide({ ...facts, argumentsJson }),
};

async function run(call, callers) {
  const times = [];
  const before = process.cpuUsage();
  const until = performance.now() + MS;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let from = performance.now(); from < until; from = performance.now()) {
        await call();
        times.push(performance.now() - from);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  return {
    perSecond: (times.length * 1000) / MS,
    p50: at(0.5),
    p99: at(0.99),
    cpuUs: (user + system) / times.length,
  };
}

for (const callers of [1, 8, 32]) {
  console.log(`\n${callers} caller(s), best of ${ROUNDS}`);
  const best = {};
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(ways)) {
      const figures = await run(call, callers);
      if (round > 0 && !(best[name]?.perSecond >= figures.perSecond)) best[name] = figures;
    }
  }
  for (const [name, { perSecond, p50, p99, cpuUs }] of Object.entries(best)) {
    console.log(
      `  ${name.padEnd(54)} ${perSecond.toFixed(0).padStart(6)}/s  p50 ${p50.toFixed(3)} ms  p99 ${p99.toFixed(3)} ms  cpu ${cpuUs.toFixed(0).padStart(4)} us`,
    );
  }
}
policy.child.kill();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
