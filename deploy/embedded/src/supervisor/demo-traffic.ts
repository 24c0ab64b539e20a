import { randomUUID } from 'node:crypto';
import type { Bootstrap } from './bootstrap.js';
import { ask } from './http-ask.js';
import { SAMPLE_SLUG } from './register-sample.js';

const USERS = ['ana@example.com', 'ben@example.com', 'chi@example.com', 'dora@example.com'];
const CALLS: { name: string; arguments: Record<string, unknown> }[] = [
  { name: 'echo', arguments: { message: 'good morning' } },
  { name: 'get-sum', arguments: { a: 19, b: 23 } },
  { name: 'get-env', arguments: {} },
  { name: 'echo', arguments: { message: 'please DROP TABLE customers' } },
  { name: 'get-annotated-message', arguments: { messageType: 'error' } },
  { name: 'no-such-tool', arguments: {} },
];

/**
 * Calls as some users would make them, for something to look at: each round is one user's and one trace, and begins as
 * agents begin, with the list of tools. Answers how many tools were called.
 */
export async function demoTraffic({ gatewayUrl, agentKey }: Bootstrap, rounds = 10): Promise<number> {
  let id = 0;
  for (let round = 0; round < rounds; round += 1) {
    const trace = `demo-${randomUUID()}`;
    const send = (method: string, params: object) => {
      id += 1;
      return ask({
        base: gatewayUrl,
        path: `/v1/mcp/${SAMPLE_SLUG}`,
        method: 'POST',
        headers: {
          authorization: `Bearer ${agentKey}`,
          accept: 'application/json, text/event-stream',
          'x-igris-user': USERS[round % USERS.length] ?? '',
          'x-igris-trace-id': trace,
          'x-igris-metadata': JSON.stringify({ team: round % 2 === 0 ? 'support' : 'platform' }),
        },
        body: { jsonrpc: '2.0', id, method, params },
        timeoutMs: 15_000,
      });
    };
    await send('tools/list', {});
    for (const call of CALLS) await send('tools/call', call);
  }
  return rounds * CALLS.length;
}
