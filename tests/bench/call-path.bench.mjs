// What a fully governed call costs: key, 50 rules, durable audit, every service running; beside a direct call, in turn.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

export async function benchCallPath({ say, quick }) {
  const bench = await startBench();
  const rows = [];
  try {
    const rounds = quick ? 1 : 3;
    const seconds = quick ? 2 : 6;
    for (const clients of [1, 8, 32]) {
      const direct = [];
      const governed = [];
      for (let round = 0; round < rounds; round += 1) {
        direct.push(await load({ ...bench.direct, clients, seconds }));
        governed.push(await load({ ...bench.governed, clients, seconds }));
      }
      const of = (runs, name) => median(runs.map((run) => run[name]));
      const row = {
        clients,
        direct: { perSecond: of(direct, 'perSecond'), p50: of(direct, 'p50'), p99: of(direct, 'p99') },
        governed: {
          perSecond: of(governed, 'perSecond'),
          p50: of(governed, 'p50'),
          p99: of(governed, 'p99'),
        },
        errors: governed.reduce((sum, run) => sum + run.errors, 0),
      };
      row.addedP50 = Math.round((row.governed.p50 - row.direct.p50) * 1000) / 1000;
      row.ratio = Math.round((row.governed.perSecond / row.direct.perSecond) * 1000) / 1000;
      rows.push(row);
      say(
        `${clients} clients: direct ${row.direct.perSecond}/s p50 ${row.direct.p50} ms; governed ${row.governed.perSecond}/s p50 ${row.governed.p50} p99 ${row.governed.p99} ms; added p50 ${row.addedP50} ms, ratio ${row.ratio}, errors ${row.errors}`,
      );
    }
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
