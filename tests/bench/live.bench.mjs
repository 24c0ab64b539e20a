// What a thousand live clients cost the gateway, and how soon a call shows.
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { cpuTimes, load, startBench } from './call-path.bench.mjs';

const CLIENTS = 1_000;
const WATCHERS = fileURLToPath(new URL('./live-watchers.mjs', import.meta.url));
/** What people watch: one agent, one tool, what was refused. Nothing of the load matches. */
const NARROW = [
  'decision:deny',
  'tool:delete_*',
  'agent:claude-ci',
  'user:ana@example.com',
  'outcome:(error OR tool_error)',
  '-connection:echo',
  'latency_ms:>1000',
  'source_ip:10.0.0.0/8',
];

export async function benchLive({ say, quick }) {
  const bench = await startBench();
  try {
    const seconds = quick ? 3 : 10;
    const rounds = quick ? 1 : 3;
    const at = async (rate) => {
      const { pids } = bench.deployment;
      const before = cpuTimes(pids);
      const run = await load({ ...bench.governed, clients: 16, seconds, rate, warmup: 0 });
      const after = cpuTimes(pids);
      // Of the processor, which other work on the machine lengthens less than the time that passes.
      const cpuUs = ((after.gateway - before.gateway) * 1000) / run.calls;
      return { ...run, cpuUs: Math.round(cpuUs) };
    };
    const results = {};
    for (const rate of [100, 500]) {
      for (const [what, filters] of [
        ['narrow filters', NARROW],
        ['everything', ['']],
      ]) {
        const [without, withClients] = [[], []];
        let watched;
        for (let round = 0; round < rounds; round += 1) {
          without.push(await at(rate));
          const watchers = await startWatchers(bench, filters);
          withClients.push(await at(rate));
          watched = await watchers.stop();
        }
        const row = { without: middle(without), with: middle(withClients), watched, load: loadavg()[0] };
        results[`${rate}/s, ${what}`] = row;
        say(
          `${rate} calls/s, ${CLIENTS} clients of ${what}: p50 ${row.without.p50} -> ${row.with.p50} ms, p99 ${row.without.p99} -> ${row.with.p99} ms, ` +
            `the gateway's CPU a call ${row.without.cpuUs} -> ${row.with.cpuUs} us; ` +
            `${watched.messages} messages, ${watched.lost} lost (load average ${row.load.toFixed(1)})`,
        );
      }
    }
    results.shown = await shown(bench, quick ? 40 : 400);
    say(
      `500 calls/s: a call shows in Live after p50 ${results.shown.p50} ms, p99 ${results.shown.p99} ms (${results.shown.calls} calls, load average ${loadavg()[0].toFixed(1)})`,
    );
    results.apiMb = bench.rssMb('api');
    say(`api memory: ${results.apiMb} MB`);
    return results;
  } finally {
    await bench.stop();
  }
}

async function startWatchers({ deployment }, filters) {
  const options = {
    apiUrl: deployment.apiUrl,
    token: deployment.bootstrap.apiKey,
    clients: CLIENTS,
    filters,
  };
  const child = spawn(process.execPath, [WATCHERS, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (data) => (out += data));
  await new Promise((resolve, reject) => {
    child.stdout.on('data', () => out.startsWith('ready') && resolve());
    child.once('exit', (code) => reject(new Error(`the watchers ended with ${code}`)));
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', () => resolve(JSON.parse(out.slice(out.indexOf('{')))));
        child.kill();
      }),
  };
}

/** From an answer in the client's hands to the event in the hands of one who watches, while 500 calls a second go on. */
async function shown(bench, times) {
  const { deployment, governed } = bench;
  const arrived = new Map();
  const socket = io(`${deployment.apiUrl}/live`, {
    transports: ['websocket'],
    auth: { token: deployment.bootstrap.apiKey, q: 'trace:probe-*', batch: true },
  });
  socket.on('events', (events) =>
    events.forEach(({ payload }) => arrived.set(payload.traceId, performance.now())),
  );
  await new Promise((resolve) => socket.once('connect', resolve));
  const background = load({ ...governed, clients: 16, seconds: times / 20 + 3, rate: 500 });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const answered = new Map();
  for (let n = 0; n < times; n += 1) {
    const trace = `probe-${n}`;
    const response = await fetch(governed.url, {
      method: 'POST',
      headers: {
        ...governed.headers,
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
    await response.text();
    answered.set(trace, performance.now());
    await new Promise((resolve) => setTimeout(resolve, 45));
  }
  await background;
  for (let waited = 0; arrived.size < times && waited < 100; waited += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  socket.disconnect();
  const took = [...answered]
    .map(([trace, when]) => (arrived.get(trace) ?? Infinity) - when)
    .sort((a, b) => a - b);
  const quantile = (share) =>
    Math.max(0, Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))]));
  return { calls: took.length, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

function middle(runs) {
  const of = (name) => runs.map((run) => run[name]).sort((a, b) => a - b)[Math.floor(runs.length / 2)];
  return { p50: of('p50'), p99: of('p99'), perSecond: of('perSecond'), cpuUs: of('cpuUs') };
}
