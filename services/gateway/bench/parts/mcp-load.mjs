import { Pool } from 'undici';

const tool = (id) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 'refund', arguments: { amount: 20, currency: 'EUR', note: 'n'.repeat(400) } },
  });
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
});

/** Tool calls for `ms` (or `calls` of them) from `clients` at once; with `session`, each client in one of its own. */
export async function load({
  port,
  path,
  clients,
  ms = Infinity,
  calls = Infinity,
  session = false,
  headers: more = {},
}) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: clients });
  const latencies = [];
  const until = performance.now() + ms;
  let failed = 0;
  let left = calls;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      let headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...more,
      };
      if (session) {
        const opened = await pool.request({ path, method: 'POST', headers, body: INITIALIZE });
        await opened.body.dump();
        headers = {
          ...headers,
          'mcp-session-id': opened.headers['mcp-session-id'],
          'mcp-protocol-version': '2025-11-25',
        };
      }
      for (
        let id = 1, from = performance.now();
        from < until && left > 0;
        id += 1, from = performance.now()
      ) {
        left -= 1;
        const { statusCode, body } = await pool.request({ path, method: 'POST', headers, body: tool(id) });
        const text = await body.text();
        if (statusCode !== 200 || !text.includes('"result"')) failed += 1;
        if (latencies.length < 200_000) latencies.push(performance.now() - from);
      }
    }),
  );
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)];
  return {
    calls: latencies.length,
    perSecond: Math.round((latencies.length * 1000) / ms),
    p50: at(0.5),
    p99: at(0.99),
    failed,
  };
}

/** Sessions opened, used once and ended; a call with a session that is gone; a stranger. Four requests and more a round. */
export async function churn({ port, path, clients, rounds, headers: more }) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: clients });
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...more,
  };
  let failed = 0;
  let left = rounds;
  const send = async (expected, method, given, body) => {
    const response = await pool.request({ path, method, headers: given, body });
    await response.body.dump();
    if (response.statusCode !== expected) failed += 1;
    return response.headers;
  };
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left > 0) {
        left -= 1;
        const opened = await send(200, 'POST', headers, INITIALIZE);
        const session = {
          ...headers,
          'mcp-session-id': opened['mcp-session-id'],
          'mcp-protocol-version': '2025-11-25',
        };
        await send(200, 'POST', session, tool(1));
        await send(200, 'DELETE', session);
        await send(404, 'POST', session, tool(2));
        await send(401, 'POST', { ...headers, authorization: `Bearer nobody${left}` }, tool(3));
      }
    }),
  );
  await pool.close();
  return { failed };
}
