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
