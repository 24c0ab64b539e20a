/**
 * Events from the log into ClickHouse, end to end: the built service as a process beside both engines.
 *
 *   npx tsc -b services/audit libs/testing && node services/audit/bench/ingest.bench.mjs [events] [postgres|kafka] [calls/s]
 *
 * First a backlog, as after an outage: how fast it drains. Then 1,000 calls a second (or as told) (a decision and a completion
 * each) for 20 seconds: how soon a call is seen. Events have 1.2 KB, the calls' arguments and results differ.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ClickHouse } from '@portcullis/clickhouse';
import { allTopics, TOPICS } from '@portcullis/contracts';
import { openEventLog } from '@portcullis/kafka';
import { startClickHouse, startKafka, startPostgres } from '@portcullis/testing';

const EVENTS = Number(process.argv[2] ?? 200_000);
const LOG = process.argv[3] ?? 'postgres';
const RATE = Number(process.argv[4] ?? 1_000);
const SECONDS = 20;
const TOKEN = 'bench bench bench bench bench bench';
const WORDS =
  'invoice customer refund order payment address report quarter summary branch deploy incident ticket'.split(
    ' ',
  );

const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
const socket = join(folder, 'audit.sock');
const stops = [];
try {
  const postgres = await startPostgres({ own: true });
  stops.push(() => postgres.stop());
  const kafka = LOG === 'kafka' ? await startKafka() : undefined;
  if (kafka) stops.push(() => kafka.stop());
  const engine = await startClickHouse({ own: true });
  stops.push(() => engine.stop());
  const settings = { kafkaBrokers: kafka?.brokers ?? [], postgresUrl: postgres.url, clientId: 'bench' };
  const log = openEventLog(settings);
  stops.push(() => log.close());
  await log.ensureTopics(allTopics());
  const clickHouse = new ClickHouse({ url: engine.url, application: 'bench' });
  stops.push(() => clickHouse.close());

  const appendStarted = performance.now();
  for (let n = 0; n < EVENTS / 2; n += 1_000) await log.append(calls(n, Math.min(1_000, EVENTS / 2 - n)));
  const appendSeconds = (performance.now() - appendStarted) / 1000;
  print('log', LOG);
  print(
    'bytes an event',
    Math.round(calls(0, 500).reduce((sum, { value }) => sum + value.byteLength, 0) / 1000),
  );
  print('appended', `${rate(EVENTS, appendSeconds)} events/s`);

  const audit = spawn(process.execPath, [fileURLToPath(new URL('../dist/main.js', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      PORTCULLIS_LOG_LEVEL: 'warn',
      PORTCULLIS_INTERNAL_LISTEN: `unix:${socket}`,
      PORTCULLIS_INTERNAL_TOKEN: TOKEN,
      PORTCULLIS_POSTGRES_URL: postgres.url,
      PORTCULLIS_CLICKHOUSE_URL: engine.url,
      ...(kafka ? { PORTCULLIS_KAFKA_BROKERS: kafka.brokers.join(',') } : {}),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  stops.push(async () => {
    if (audit.exitCode !== null) return;
    audit.kill('SIGTERM');
    await new Promise((resolve) => audit.once('exit', resolve));
  });

  // The backlog, from the first stored row to the last.
  const stored = async () =>
    (await clickHouse.rows('SELECT count() AS n FROM audit_events').catch(() => ({ rows: [{ n: 0 }] })))
      .rows[0].n;
  while ((await stored()) === 0) await sleep(20);
  const first = await stored();
  const started = performance.now();
  const machine = busy();
  const cpu = cpuSeconds();
  while ((await stored()) < EVENTS / 2) await sleep(100);
  const seconds = (performance.now() - started) / 1000;
  const drained = EVENTS - first * 2;
  print('drained', `${rate(drained, seconds)} events/s (a decision and a completion each call)`);
  print('CPU an event', shares(cpu, drained));
  print('machine', `${((busy() - machine) / 1000 / seconds).toFixed(2)} of ${cpus().length} cores busy`);

  // A steady load, seen by probes.
  const delays = [];
  const steadyMachine = busy();
  const steadyCpu = cpuSeconds();
  const steadyStarted = performance.now();
  let next = EVENTS / 2;
  const probes = [];
  const watching = (async () => {
    // One cheap question for all probes, so that looking costs the engine little.
    while (delays.length < SECONDS * 10) {
      const count = await stored();
      while (probes.length > 0 && probes[0].count <= count)
        delays.push(performance.now() - probes.shift().at);
      await sleep(25);
    }
  })();
  for (let tick = 0; tick < SECONDS * 10; tick += 1) {
    const batch = calls(next, RATE / 10);
    await log.append(batch);
    next += RATE / 10;
    probes.push({ count: next, at: performance.now() });
    const ahead = steadyStarted + (tick + 1) * 100 - performance.now();
    if (ahead > 0) await sleep(ahead);
  }
  const steady = (performance.now() - steadyStarted) / 1000;
  print(
    `at ${RATE} calls/s`,
    `${shares(steadyCpu, steady * RATE * 2)}; machine ${((busy() - steadyMachine) / 1000 / steady).toFixed(2)} of ${cpus().length} cores busy`,
  );
  await watching;
  delays.sort((a, b) => a - b);
  print(
    'seen after',
    `p50 ${Math.round(delays[delays.length >> 1])} ms, p99 ${Math.round(delays[Math.floor(delays.length * 0.99)])} ms (asked for ten times a second)`,
  );
  const { rows } = await clickHouse.rows(
    `SELECT count() AS n, uniqExact(event_id) AS ids, (SELECT round(sum(bytes_on_disk) / sum(rows)) FROM system.parts WHERE active AND table = 'audit_events') AS bytes,
       (SELECT count() FROM system.parts WHERE active AND table = 'audit_events') AS parts FROM audit_events`,
  );
  print(
    'rows',
    `${rows[0].n} stored, ${rows[0].ids} calls, ${next} sent; ${rows[0].bytes} bytes a row on disk, ${rows[0].parts} parts`,
  );
} finally {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
}

function idOf(n) {
  return `0197c0de-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** A decision and a completion for each call, as gateways append them. */
function calls(from, count) {
  const decidedAt = new Date().toISOString();
  return Array.from({ length: count }, (_, i) => from + i).flatMap((n) => {
    const connection = `connection-${n % 16}`;
    const words = Array.from({ length: 8 }, (_, i) => WORDS[(n * 7 + i * 5 + (n >> 4)) % WORDS.length]).join(
      ' ',
    );
    const facts = {
      requestId: idOf(n), decidedAt, method: 'tools/call', kind: 'tool', name: `tool_${n % 40}`, direction: 'client',
      connection: { id: `id-${connection}`, slug: connection }, agentSession: `session-${n % 500}`, protocolSession: null,
      key: { id: `key-${n % 50}`, label: `key ${n % 50}`, agent: `agent-${n % 10}` }, user: `user${n % 2000}@example.com`, userBound: false,
      traceId: `ig_trace_${(n >> 2).toString(16).padStart(32, '0')}`, traceparent: null, metadata: { team: `team-${n % 8}` },
      client: { name: 'bench', version: '1.0' }, sourceIp: `10.0.${n % 5}.${n % 250}`, decision: 'allow', reason: null, rule: 'the rest',
      policy: { id: 'policy-1', name: 'production', revision: 3 }, conditions: [], audit: 'buffered',
      arguments: JSON.stringify({ id: n, text: words }), argumentsDigest: n.toString(16).padStart(64, '0'), bytesIn: 300, policyMs: 0.4, maxDurationMs: 600_000,
    }; // prettier-ignore
    const done = {
      outcome: 'ok',
      latencyMs: 5 + (n % 90),
      upstreamMs: 4 + (n % 90),
      bytesOut: 700,
      error: null,
      result: JSON.stringify({ content: [{ type: 'text', text: words }] }),
      resultDigest: n.toString(16).padStart(64, '1'),
    };
    const record = (type, kind, data) => ({
      topic: TOPICS.calls.name,
      key: `tenant-a:${connection}`,
      type,
      value: Buffer.from(
        JSON.stringify({
          id: idOf(n).replace('-0000-', `-000${kind}-`), type, version: 1, tenantId: 'tenant-a', stream: `call-${idOf(n)}`, position: -1, occurredAt: decidedAt,
          actor: { type: 'api_key', id: `key-${n % 50}` }, correlationId: facts.traceId, causationId: null, traceparent: null,
          gateway: { id: 'gateway-1', epoch: 'epoch-1', seq: n * 2 + kind }, data,
        }), // prettier-ignore
      ),
    });
    return [record('CallDecided', 0, facts), record('CallCompleted', 1, { ...facts, ...done })];
  });
}

/** CPU seconds used so far by this process's descendants, by what they are. Linux only. */
function cpuSeconds() {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [
          {
            pid: Number(pid),
            parent: Number(fields[1]),
            ticks: ticksOf(fields),
            command: readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
          },
        ];
      } catch {
        return [];
      }
    });
  const mine = new Set([process.pid]);
  for (let before = 0; before !== mine.size;) {
    before = mine.size;
    for (const { pid, parent } of processes) if (mine.has(parent)) mine.add(pid);
  }
  const used = { audit: 0, clickhouse: 0, log: 0 };
  for (const { pid, ticks, command } of processes) {
    if (!mine.has(pid) || pid === process.pid) continue;
    const part = command.includes('services/audit')
      ? 'audit'
      : /postgres|java/.test(command)
        ? 'log'
        : 'clickhouse';
    used[part] += ticks / 100;
  }
  return used;
}

/** Its own and those of children that have ended. */
function ticksOf(fields) {
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

function shares(before, events) {
  const after = cpuSeconds();
  return Object.keys(after)
    .map((part) => `${part} ${Math.round(((after[part] - before[part]) / events) * 1e6)} us`)
    .join(', ');
}

function busy() {
  return cpus().reduce((sum, { times }) => sum + times.user + times.sys + times.nice + times.irq, 0);
}

function rate(count, seconds) {
  return Math.round(count / seconds).toLocaleString('en');
}

function print(name, value) {
  process.stdout.write(`${name.padEnd(20)} ${value}\n`);
}
