import { until } from '@portcullis/testing';
import type { TestDeployment } from '../e2e/deployment.js';

/** A call to a tool of the sample connection with the agent's key; answers the status and the text of the reply. */
export type CallTool = (
  name: string,
  args?: object,
  headers?: Record<string, string>,
) => Promise<{ status: number; text: string }>;

export function sampleCaller({ gatewayUrl, bootstrap }: TestDeployment): CallTool {
  let id = 0;
  return async (name, args = {}, headers = {}) => {
    id += 1;
    const response = await fetch(`${gatewayUrl}/v1/mcp/everything`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bootstrap.agentKey}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'x-igris-user': 'ana@example.com',
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }),
    });
    return { status: response.status, text: await response.text() };
  };
}

/** Calls that are allowed, that alert and that are denied, of two people. */
export async function callForEveryVerdict(callTool: CallTool, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await callTool('echo', { message: 'good morning' });
    await callTool('get-sum', { a: 19, b: 23 }, { 'x-igris-user': 'ben@example.com' });
    await callTool('get-env');
    await callTool('echo', { message: 'please DROP TABLE customers' });
  }
}

/** What is there sooner or later. */
export async function first<Row>(find: () => Promise<Row | undefined>): Promise<Row> {
  let found: Row | undefined;
  await until(async () => (found = await find()) !== undefined, { timeoutMs: 60_000, intervalMs: 200 });
  return found!;
}

/** The id of the first entry of a list, once there is one. */
export function firstOf({ api }: TestDeployment, path: string): Promise<string> {
  return first(async () => (await api<{ id: string }[]>('GET', path)).data[0]?.id);
}
