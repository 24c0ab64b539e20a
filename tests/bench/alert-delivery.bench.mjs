// How soon somebody on call is told: from the answer of a call that a rule lets pass with a critical alert until the webhook
// about it is in the receiver's hands, routes and groups as they are by default, other calls going on meanwhile.
import { createServer } from 'node:http';
import { loadavg } from 'node:os';
import { load, startBench } from './call-path.bench.mjs';

/** A channel's allowance of critical notifications at once; more of them would measure the storm guard. */
const ALERTS = 60;
const BACKGROUND_PER_SECOND = 100;
const LONGEST_WAIT_MS = 60_000;

export async function benchAlertDelivery({ say, quick }) {
  const bench = await startBench();
  const receiver = await startReceiver();
  try {
    const count = quick ? 20 : ALERTS;
    const channel = await bench.api('POST', '/notification-channels', {
      type: 'webhook',
      name: 'on call',
      settings: { url: receiver.url },
    });
    await bench.api('PUT', '/notification-routes', {
      routes: [],
      defaultRoute: { channels: [channel.data.id] },
    });
    // Each rule is an alert of its own.
    await bench.api('POST', '/policies', {
      name: 'alarms',
      rules: Array.from({ length: count }, (_, n) => ({
        name: nameOf(n),
        target: { kind: 'mcp_tool', tool: 'alarm' },
        conditions: { 'arguments.n': n },
        action: 'alert',
        severity: 'critical',
      })),
    });
    const background = load({
      ...bench.governed,
      clients: 4,
      seconds: count / 4 + 5,
      rate: BACKGROUND_PER_SECOND,
    });
    await pause(2_000);
    const answered = [];
    for (let n = 0; n < count; n += 1) {
      await call(bench.governed, n);
      answered.push(performance.now());
      await pause(250);
    }
    await background;
    const deadline = performance.now() + LONGEST_WAIT_MS;
    while (receiver.arrived.size < count && performance.now() < deadline) await pause(50);
    const took = answered
      .map((when, n) => (receiver.arrived.get(nameOf(n)) ?? Infinity) - when)
      .sort((a, b) => a - b);
    const quantile = (share) => Math.round(took[Math.min(count - 1, Math.floor(count * share))]);
    const result = {
      alerts: count,
      p50: quantile(0.5),
      p99: quantile(0.99),
      most: Math.round(took[count - 1]),
      load: loadavg()[0],
    };
    say(
      `${count} critical alerts at ${BACKGROUND_PER_SECOND} calls/s: delivered after p50 ${result.p50} ms, p99 ${result.p99} ms, most ${result.most} ms (load average ${result.load.toFixed(1)})`,
    );
    return result;
  } finally {
    receiver.stop();
    await bench.stop();
  }
}

const nameOf = (n) => `alarm number ${n} of the bench`;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function call({ url, headers }, n) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'alarm', arguments: { n } },
    }),
  });
  const text = await response.text();
  if (!text.includes('"result"')) throw new Error(`a call was not answered: ${text.slice(0, 300)}`);
}

/** Notes when it first heard of each alert; one notification may tell of several. */
async function startReceiver() {
  const arrived = new Map();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      for (const [name] of body.matchAll(/alarm number \d+ of the bench/g))
        if (!arrived.has(name)) arrived.set(name, performance.now());
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    arrived,
    url: `http://127.0.0.1:${server.address().port}/hook`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
