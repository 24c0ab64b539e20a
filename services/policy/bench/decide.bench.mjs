/**
 * Decide calls alone: what a transport costs between gateway and policy, client and server each in a process of its own.
 *
 *   npx tsc -b services/policy/tsconfig.lib.json && node services/policy/bench/decide.bench.mjs [calls]
 *
 * Server: 50 rules, the last one matches; 600-byte questions; warm answers (the gateway has the connection).
 * CPU is the server's whole process, for each call.
 */
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessRateLimiter } from '@portcullis/policy-engine';
import { Agent } from 'undici';

const RULES = 50;
const ROUNDS = 8;
const DECIDE = '/internal/v1/decide';
const digest = createHash('sha256').update('ig_bench').digest('hex');
const question = {
  requestId: '0190a0a0-0000-7000-8000-000000000001',
  gateway: { id: 'bench', epoch: 'epoch-1' },
  credential: { type: 'api_key', digest },
  slug: 'main',
  method: 'tools/call',
  target: { kind: 'tool', name: 'read_file' },
  direction: 'client',
  arguments: { path: '/srv/data/report.txt', amount: 3, options: { encoding: 'utf8', lines: [1, 20] } },
  user: 'ana@example.com',
  traceId: 'ig_trace_0123456789abcdef0123456789abcdef',
  metadata: { role: 'intern', team: 'data' },
  client: { name: 'bench', version: '1' },
  sourceIp: '10.0.0.1',
  have: 'con-main.3',
};
const text = JSON.stringify(question);

if (process.argv[2] === '--server') await serve(process.argv[3], process.argv[4]);
else await measure(Number(process.argv[2] ?? 5_000));

async function evaluatorOfBench() {
  const dist = new URL('../dist/', import.meta.url);
  const load = (file) => import(new URL(file, dist));
  const { PolicyState } = await load('state/policy-state.js');
  const { CallEvaluator } = await load('evaluation/call-evaluator.js');
  const { DecisionCounts } = await load('evaluation/decision-counts.js');
  const { AgentSessions } = await load('sessions-runtime/agent-sessions.js');
  const { GatewayKeys } = await load('sealing/gateway-keys.js');
  const { SealedConnections } = await load('sealing/sealed-connections.js');
  const pepper = randomBytes(32);
  const hasher = { hash: (given) => createHmac('sha256', pepper).update(given).digest('base64url') };
  const state = new PolicyState();
  const secrets = new Map([['s', { kind: 'api_key', hash: hasher.hash(digest) }]]);
  const rules = Array.from({ length: RULES - 1 }, (_, index) => ({
    name: `rule ${index}`,
    target: { kind: 'mcp_tool', tool: index % 2 ? '*' : `{read,write}_*` },
    conditions: { 'arguments.amount': { gt: 100 + index }, 'metadata.role': 'intern' },
    action: 'deny',
  }));
  rules.push({ name: 'the rest', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' });
  const events = [
    ['OrganizationCreated', { name: 'bench', defaultAction: 'deny' }],
    [
      'ApiKeyCreated',
      {
        keyId: 'key-1',
        label: 'bench',
        agent: 'bench',
        prefix: 'ig_ben',
        scopes: ['mcp'],
        connections: null,
        boundUser: null,
        ownerId: null,
        expiresAt: null,
        secretId: 's',
      },
    ],
    [
      'ConnectionCreated',
      {
        connectionId: 'con-main',
        slug: 'main',
        name: 'main',
        upstreamUrl: 'http://127.0.0.1:1/mcp',
        authType: 'none',
        authHeaderName: null,
        identity: { mode: 'none' },
        errorProfile: 'auto',
        secretId: null,
      },
    ],
    ['PolicyCreated', { policyId: 'p', name: 'bench', connectionId: null, order: 0 }],
    [
      'PolicyPublished',
      {
        policyId: 'p',
        version: 1,
        document: { version: 1, name: 'bench', engine: 'native', rules },
        note: null,
        rolledBackFrom: null,
      },
    ],
  ];
  events.forEach(([type, data], index) =>
    state.apply({ type, data, tenantId: 'org', globalPosition: index + 1 }, secrets),
  );
  return new CallEvaluator({
    state,
    hasher,
    limiter: new InProcessRateLimiter(),
    sessions: new AgentSessions({ generation: () => 0, stopped: () => false }),
    tools: { facts: () => undefined, seen: () => undefined },
    gatewayKeys: new GatewayKeys(),
    sealed: new SealedConnections(),
    counts: new DecisionCounts(),
  });
}

async function serve(transport, address) {
  const evaluator = await evaluatorOfBench();
  const port = Number(address);
  if (transport === 'nest-tcp') await serveNest(evaluator, port);
  else if (transport === 'frames-unix') await serveFrames(evaluator, address);
  else {
    const { createDecideHandler } = await import(
      new URL('../dist/evaluation/decide-handler.js', import.meta.url)
    );
    const handler = createDecideHandler({ evaluator, fresh: () => true });
    const server = createServer({ keepAliveTimeout: 0, noDelay: true }, (request, response) =>
      handler(request, response),
    );
    await new Promise((resolve) =>
      transport.endsWith('unix')
        ? server.listen(address, resolve)
        : server.listen(port, '127.0.0.1', resolve),
    );
  }
  process.on('message', () => process.send(process.cpuUsage()));
  process.send('ready');
}

/** The floor: length, id, JSON; many calls on one connection; answers to what came in together leave together. */
async function serveFrames(evaluator, path) {
  const { decideRequestFrom } = await import(
    new URL('../dist/evaluation/decide-request.js', import.meta.url)
  );
  const server = createNetServer((socket) => {
    onFrames(socket, (id, body) => {
      writeFrame(socket, id, JSON.stringify(evaluator.decide(decideRequestFrom(JSON.parse(body)))));
    });
  });
  await new Promise((resolve) => server.listen(path, resolve));
}

async function framesClient(path) {
  const socket = connect(path);
  await new Promise((resolve) => socket.once('connect', resolve));
  const waiting = new Map();
  let last = 0;
  onFrames(socket, (id, body) => {
    waiting.get(id)(JSON.parse(body));
    waiting.delete(id);
  });
  return {
    call: () =>
      new Promise((resolve) => {
        last = (last + 1) % 0xffffffff;
        waiting.set(last, resolve);
        writeFrame(socket, last, text);
      }),
    close: () => socket.destroy(),
  };
}

function onFrames(socket, take) {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    socket.cork();
    let at = 0;
    while (rest.length - at >= 8) {
      const end = at + 8 + rest.readUInt32BE(at);
      if (rest.length < end) break;
      take(rest.readUInt32BE(at + 4), rest.toString('utf8', at + 8, end));
      at = end;
    }
    rest = rest.subarray(at);
    socket.uncork();
  });
}

function writeFrame(socket, id, body) {
  const frame = Buffer.allocUnsafe(8 + Buffer.byteLength(body));
  frame.writeUInt32BE(frame.length - 8, 0);
  frame.writeUInt32BE(id, 4);
  frame.write(body, 8);
  socket.write(frame);
}

async function serveNest(evaluator, port) {
  const { Module, Controller } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { MessagePattern, Payload, Transport } = await import('@nestjs/microservices');
  class DecideController {
    decide(request) {
      return evaluator.decide(request);
    }
  }
  Controller()(DecideController);
  MessagePattern('decide')(
    DecideController.prototype,
    'decide',
    Object.getOwnPropertyDescriptor(DecideController.prototype, 'decide'),
  );
  Payload()(DecideController.prototype, 'decide', 0);
  class BenchModule {}
  Module({ controllers: [DecideController] })(BenchModule);
  const app = await NestFactory.createMicroservice(BenchModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
    logger: false,
  });
  await app.listen();
}

/** A pool of kept-alive connections, one for each call under way. */
function undiciClient(address, connections) {
  const unix = address.startsWith('/');
  const agent = new Agent({ connections, connect: unix ? { socketPath: address } : {} });
  const origin = unix ? 'http://localhost' : `http://127.0.0.1:${address}`;
  const headers = { authorization: `Bearer ${'t'.repeat(43)}`, 'content-type': 'application/json' };
  return {
    async call() {
      const answer = await agent.request({ origin, path: DECIDE, method: 'POST', headers, body: text });
      return JSON.parse(await answer.body.text());
    },
    close: () => agent.close(),
  };
}

/** As the gateway does it: one connection, questions leave as they come, written and read by hand. */
async function pipelinedClient(address) {
  const socket = address.startsWith('/')
    ? connect(address)
    : connect({ port: Number(address), host: '127.0.0.1', noDelay: true });
  await new Promise((resolve) => socket.once('connect', resolve));
  const head = `POST ${DECIDE} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${'t'.repeat(43)}\r\ncontent-type: application/json\r\ncontent-length: `;
  const waiting = [];
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    rest += chunk;
    for (;;) {
      const body = rest.indexOf('\r\n\r\n') + 4;
      if (body < 4) return;
      const end = body + Number(/content-length: (\d+)/i.exec(rest.slice(0, body))[1]);
      if (rest.length < end) return;
      waiting.shift()(JSON.parse(rest.slice(body, end)));
      rest = rest.slice(end);
    }
  });
  return {
    call: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.write(`${head}${Buffer.byteLength(text)}\r\n\r\n${text}`);
      }),
    close: () => socket.destroy(),
  };
}

async function nestClient(address) {
  const { ClientProxyFactory, Transport } = await import('@nestjs/microservices');
  const { firstValueFrom } = await import('rxjs');
  const proxy = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: Number(address) },
  });
  await proxy.connect();
  return { call: () => firstValueFrom(proxy.send('decide', question)), close: () => proxy.close() };
}

async function measure(calls) {
  const folder = mkdtempSync(join(tmpdir(), 'decide-'));
  const cases = [];
  for (const [name, transport, clientOf] of [
    ['HTTP, Unix socket, undici', 'http-unix', undiciClient],
    ['HTTP, Unix socket, by hand', 'http-unix', pipelinedClient],
    ['HTTP, TCP, undici', 'http-tcp', undiciClient],
    ['HTTP, TCP, by hand', 'http-tcp', pipelinedClient],
    ['Nest, TCP', 'nest-tcp', nestClient],
    ['frames, Unix socket', 'frames-unix', framesClient],
  ]) {
    const address = transport.endsWith('unix')
      ? join(folder, `${cases.length}.sock`)
      : String(await freePort());
    const options = { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] };
    const server = fork(new URL(import.meta.url), ['--server', transport, address], options);
    await said(server);
    for (const clients of [1, 8, 32]) {
      const client = await clientOf(address, clients);
      await run(client, clients, 5_000);
      cases.push({ name, server, client, clients, best: null });
    }
  }
  // Rounds in turn, and of each case the least disturbed one: the machine may have other work.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const one of cases) {
      const before = await cpuOf(one.server);
      const { times, seconds } = await run(one.client, one.clients, calls);
      const after = await cpuOf(one.server);
      const cpu = (after.user + after.system - before.user - before.system) / calls;
      if (!one.best || seconds < one.best.seconds) one.best = { times: times.sort(), seconds, cpu };
    }
  }
  console.table(
    cases.map(({ name, clients, best }) => ({
      transport: name,
      clients,
      'calls/s': Math.round(calls / best.seconds),
      'p50 ms': +best.times[Math.floor(calls * 0.5)].toFixed(3),
      'p99 ms': +best.times[Math.floor(calls * 0.99)].toFixed(3),
      'server us/call': +best.cpu.toFixed(1),
    })),
  );
  for (const { client, server } of cases) {
    await client.close();
    server.kill();
  }
  rmSync(folder, { recursive: true });
  const evaluator = await evaluatorOfBench();
  const { decideRequestFrom } = await import(
    new URL('../dist/evaluation/decide-request.js', import.meta.url)
  );
  const bytes = Buffer.from(text);
  const work = () => JSON.stringify(evaluator.decide(decideRequestFrom(JSON.parse(bytes.toString('utf8')))));
  for (let index = 0; index < 20_000; index += 1) work();
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index += 1) work();
  const used = process.cpuUsage(before);
  console.log(
    `without transport (parse, check, authenticate, decide, serialize): ${((used.user + used.system) / calls).toFixed(1)} us of CPU a call; question ${text.length} bytes, answer ${work().length} bytes`,
  );
}

async function run(client, clients, calls) {
  const times = new Float64Array(calls);
  let next = 0;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let index = next++; index < calls; index = next++) {
        const asked = performance.now();
        const answer = await client.call();
        times[index] = performance.now() - asked;
        if (answer.decision !== 'allow') throw new Error(`unexpected answer ${JSON.stringify(answer)}`);
      }
    }),
  );
  return { times, seconds: (performance.now() - from) / 1_000 };
}

function said(server) {
  return new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`server exited with ${code}`));
    server.once('exit', ended);
    server.once('message', (message) => {
      server.off('exit', ended);
      resolve(message);
    });
  });
}

async function cpuOf(server) {
  const answer = said(server);
  server.send('cpu');
  return answer;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
