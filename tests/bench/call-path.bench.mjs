// What a fully governed call costs: key, 50 rules, durable audit, every service running; beside a direct call, in turn.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDeployment } from '@portcullis/embedded';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Runs a script of this folder; resolves with its first line, the process living on, or with its last when it has ended. */
function firstLine(file) {
  const child = spawn(process.execPath, [here(file)], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    child.stdout.once('data', (data) => resolve({ child, line: data.toString().trim() }));
  });
}

export function load(options) {
  const child = spawn(process.execPath, [here('./load.mjs'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (data) => (out += data));
  return new Promise((resolve, reject) =>
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`load ended with ${code}`)),
    ),
  );
}

/** 50 rules that have to be asked before the one that allows. */
export function fiftyRules() {
  const rules = Array.from({ length: 49 }, (_, n) => ({
    name: `rule ${n}`,
    target: { kind: 'mcp_tool', tool: n % 2 === 0 ? `tool_${n}_*` : '*' },
    conditions: n % 2 === 0 ? {} : { 'metadata.team': `team-${n}`, 'arguments.amount': { gt: n } },
    action: 'deny',
  }));
  return [...rules, { name: 'allow', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' }];
}

export async function startBench({ env = {} } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const echo = await firstLine('./echo-server.mjs');
  const begun = performance.now();
  const deployment = await startDeployment({
    dataDir,
    bare: true,
    env: { ...process.env, PORTCULLIS_API_PORT: '0', PORTCULLIS_GATEWAY_PORT: '0', ...env },
  });
  const startupMs = performance.now() - begun;
  const api = async (method, path, body) => {
    const response = await fetch(`${deployment.apiUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${deployment.bootstrap.apiKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  await api('POST', '/connections', {
    slug: 'echo',
    name: 'Echo',
    upstreamUrl: `http://127.0.0.1:${echo.line}/mcp`,
    authType: 'bearer',
    credential: 'upstream-secret',
  });
  await api('POST', '/policies', { name: 'fifty', connection: 'echo', rules: fiftyRules() });
  return {
    deployment,
    startupMs,
    api,
    direct: { url: `http://127.0.0.1:${echo.line}/mcp`, headers: {} },
    governed: {
      url: `${deployment.gatewayUrl}/v1/mcp/echo`,
      headers: { authorization: `Bearer ${deployment.bootstrap.agentKey}` },
    },
    rssMb: (name) =>
      Math.round(
        Number(
          /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${deployment.pids[name]}/status`, 'utf8'))?.[1] ?? 0,
        ) / 102.4,
      ) / 10,
    stop: async () => {
      echo.child.removeAllListeners('exit');
      echo.child.kill();
      await deployment.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** So that what is measured is compiled code, as after the first minutes of any day. */
const WARM_UP_SECONDS = 8;

export async function benchCallPath({ say, quick }) {
  const bench = await startBench();
  const rows = [];
  try {
    const rounds = quick ? 1 : 3;
    const seconds = quick ? 2 : 6;
    const measured = async (name, options) => {
      const row = { name, ...(await compare(bench, options)) };
      rows.push(row);
      say(lineOf(row));
    };
    // Nothing is compiled yet.
    await measured('just started', { clients: 1, rounds: 1, seconds: 2 });
    await load({ ...bench.governed, clients: 8, seconds: WARM_UP_SECONDS });
    for (const clients of [1, 8, 32]) await measured('warm', { clients, rounds, seconds });
    const memoryBefore = bench.rssMb('gateway');
    let sent = 0;
    while (sent < (quick ? 5_000 : 100_000))
      sent += (await load({ ...bench.governed, clients: 8, seconds: quick ? 2 : 10, warmup: 0 })).calls;
    const memory = { before: memoryBefore, after: bench.rssMb('gateway'), calls: sent };
    say(`gateway memory: ${memory.before} MB, after ${sent} further calls ${memory.after} MB`);
    const drained = await drain(bench, say);
    const sustained = await load({ ...bench.governed, clients: 16, seconds: quick ? 3 : 20, rate: 1000 });
    say(
      `1,000 calls/s: p50 ${sustained.p50} p99 ${sustained.p99} ms, ${sustained.errors} errors, ${sustained.perSecond}/s`,
    );
    const visible = await visibility(bench, quick ? 5 : 20);
    say(`visible in Lens after p50 ${visible.p50} ms, p99 ${visible.p99} ms`);
    return { startupMs: Math.round(bench.startupMs), rows, memory, drained, sustained, visible };
  } finally {
    await bench.stop();
  }
}

/** Direct and governed calls in turn, and what a governed one costs each process. */
async function compare(bench, { clients, rounds, seconds }) {
  const direct = [];
  const governed = [];
  const cpu = {};
  for (let round = 0; round < rounds; round += 1) {
    direct.push(await load({ ...bench.direct, clients, seconds, warmup: 0.3 }));
    const before = cpuTimes(bench.deployment.pids);
    const run = await load({ ...bench.governed, clients, seconds, warmup: 0 });
    const after = cpuTimes(bench.deployment.pids);
    for (const [name, ms] of Object.entries(after))
      cpu[name] = (cpu[name] ?? 0) + ((ms - (before[name] ?? 0)) * 1000) / run.calls / rounds;
    governed.push(run);
  }
  const of = (runs) =>
    Object.fromEntries(
      ['perSecond', 'p50', 'p99'].map((name) => [name, median(runs.map((run) => run[name]))]),
    );
  const row = { clients, direct: of(direct), governed: of(governed) };
  return {
    ...row,
    errors: governed.reduce((sum, run) => sum + run.errors, 0),
    addedP50: Math.round((row.governed.p50 - row.direct.p50) * 1000) / 1000,
    ratio: Math.round((row.governed.perSecond / row.direct.perSecond) * 1000) / 1000,
    /** Microseconds of CPU a governed call, by process; the consumers' depends on how far they lag. */
    cpuUs: Object.fromEntries(Object.entries(cpu).map(([name, us]) => [name, Math.round(us)])),
  };
}

function lineOf({ name, clients, direct, governed, addedP50, ratio, errors, cpuUs }) {
  const cpu = Object.entries(cpuUs)
    .filter(([, us]) => us > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([process, us]) => `${process} ${us}`)
    .join(', ');
  return [
    `${name}, ${clients} clients: direct ${direct.perSecond}/s p50 ${direct.p50} ms; governed ${governed.perSecond}/s p50 ${governed.p50} p99 ${governed.p99} ms;`,
    `added p50 ${addedP50} ms, ratio ${ratio}, errors ${errors}; us of CPU a call: ${cpu || 'not known here'}`,
  ].join(' ');
}

const TICK_MS = 10;

/** CPU time of each process of the deployment so far, in ms; the sessions of Postgres included. Linux only. */
export function cpuTimes(pids) {
  if (process.platform !== 'linux') return {};
  const table = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const ticks = Number(fields[11]) + Number(fields[12]);
        return [{ pid: Number(pid), parent: Number(fields[1]), ms: ticks * TICK_MS }];
      } catch {
        return [];
      }
    });
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [
      name,
      table
        .filter((one) => one.pid === pid || (name === 'postgres' && one.parent === pid))
        .reduce((sum, { ms }) => sum + ms, 0),
    ]),
  );
}

/** How long the audit store takes to catch up, and whether every call is there. */
async function drain(bench, say) {
  const begun = performance.now();
  let last = -1;
  let still = 0;
  while (still < 6) {
    const { data } = await bench.api('POST', '/lens/query', {
      q: 'tool:echo | stats count()',
      from: 'now-1d',
    });
    const count = data.rows[0]['count()'];
    still = count === last ? still + 1 : 0;
    last = count;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const seconds = Math.round((performance.now() - begun - 3_000) / 100) / 10;
  say(`audit caught up after ${seconds} s: ${last} rows`);
  return { seconds, rows: last };
}

/** From an answer in the client's hands to the row in Lens. */
async function visibility(bench, times) {
  const took = [];
  for (let n = 0; n < times; n += 1) {
    const trace = `bench-${Date.now()}-${n}`;
    await fetch(bench.governed.url, {
      method: 'POST',
      headers: {
        ...bench.governed.headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-igris-trace-id': trace,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'echo', arguments: {} },
      }),
    });
    const begun = performance.now();
    while (
      (await bench.api('POST', '/lens/query', { q: `trace:${trace}`, from: 'now-1h' })).data.rows.length === 0
    )
      await new Promise((resolve) => setTimeout(resolve, 50));
    took.push(Math.round(performance.now() - begun));
  }
  took.sort((a, b) => a - b);
  return { p50: median(took), p99: took.at(-1) };
}
