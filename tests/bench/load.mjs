// A closed-loop load generator in a process of its own: N clients, each with one connection, each calling as soon as it has
// its answer (or at a fixed rate). Prints one JSON line: { calls, errors, seconds, perSecond, p50, p95, p99, max } in ms.
import { Client } from 'undici';

const { url, headers, clients, seconds, rate, warmup } = JSON.parse(process.argv[2]);
const { origin, pathname } = new URL(url);
const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { message: 'hello' } },
});
const request = {
  path: pathname,
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-06-18',
    ...headers,
  },
  body,
};

const latencies = [];
let errors = 0;
let measuring = false;
let stopping = false;

async function call(client) {
  const started = performance.now();
  const response = await client.request(request);
  const text = await response.body.text();
  if (response.statusCode !== 200 || !text.includes('"result"')) {
    errors += 1;
    if (errors === 1) console.error(response.statusCode, text.slice(0, 300));
  }
  if (measuring) latencies.push(performance.now() - started);
}

async function closedLoop() {
  const client = new Client(origin, { pipelining: 1 });
  while (!stopping) await call(client);
  await client.close();
}

/** Open loop: calls start on schedule whatever the answers do, so that a stall shows in every call it delays. */
async function openLoop() {
  const pool = Array.from({ length: clients }, () => new Client(origin, { pipelining: 1 }));
  const inFlight = new Set();
  const begun = performance.now();
  for (let n = 0; !stopping; n += 1) {
    const due = begun + (n * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const promise = call(pool[n % clients]).finally(() => inFlight.delete(promise));
    inFlight.add(promise);
  }
  await Promise.all(inFlight);
  await Promise.all(pool.map((client) => client.close()));
}

const running = rate ? [openLoop()] : Array.from({ length: clients }, closedLoop);
await new Promise((resolve) => setTimeout(resolve, (warmup ?? 1) * 1000));
measuring = true;
const from = performance.now();
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
measuring = false;
const took = (performance.now() - from) / 1000;
stopping = true;
await Promise.all(running);

latencies.sort((a, b) => a - b);
const at = (quantile) =>
  Math.round(
    (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * quantile))] ?? 0) * 1000,
  ) / 1000;
console.log(
  JSON.stringify({
    calls: latencies.length,
    errors,
    seconds: took,
    perSecond: Math.round(latencies.length / took),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  }),
);
