import { until } from '@portcullis/testing';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';

export interface SeenDeployment extends TestDeployment {
  readonly seen: { alert: string; session: string; policy: string; trace: string };
  /** A call to a tool of the sample connection with the agent's key; answers the status and the text of the reply. */
  callTool(
    name: string,
    args?: object,
    headers?: Record<string, string>,
  ): Promise<{ status: number; text: string }>;
}

const LONG = { timeoutMs: 60_000, intervalMs: 200 };

/** A deployment whose every screen has something on it: calls allowed, denied and alerting, a session, an alert, a trace. */
export async function startSeenDeployment(): Promise<SeenDeployment> {
  const deployment = await startTestDeployment();
  try {
    let id = 0;
    const callTool: SeenDeployment['callTool'] = async (name, args = {}, headers = {}) => {
      id += 1;
      const response = await fetch(`${deployment.gatewayUrl}/v1/mcp/everything`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${deployment.bootstrap.agentKey}`,
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'x-igris-user': 'ana@example.com',
          ...headers,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }),
      });
      return { status: response.status, text: await response.text() };
    };
    for (let round = 0; round < 4; round += 1) {
      await callTool('echo', { message: 'good morning' });
      await callTool('get-sum', { a: 19, b: 23 }, { 'x-igris-user': 'ben@example.com' });
      await callTool('get-env');
      await callTool('echo', { message: 'please DROP TABLE customers' });
    }
    const first = async <Row>(find: () => Promise<Row | undefined>): Promise<Row> => {
      let found: Row | undefined;
      await until(async () => (found = await find()) !== undefined, LONG);
      return found!;
    };
    const one = (path: string) =>
      first(async () => (await deployment.api<{ id: string }[]>('GET', path)).data[0]?.id);
    const query = { q: 'tool:echo', from: 'now-1h', limit: 10 };
    const trace = await first(async () => {
      const { data } = await deployment.api<{ rows: Record<string, unknown>[] }>(
        'POST',
        '/lens/query',
        query,
      );
      const value = data.rows
        .map((row) => row['trace_id'] ?? row['traceId'] ?? row['trace'])
        .find((v) => typeof v === 'string' && v !== '');
      return typeof value === 'string' ? value : undefined;
    });
    const seen = {
      alert: await one('/alerts'),
      session: await one('/sessions'),
      policy: await one('/policies'),
      trace,
    };
    return {
      ...deployment,
      get pids() {
        return deployment.pids;
      },
      seen,
      callTool,
    };
  } catch (error) {
    await deployment.stop();
    throw error;
  }
}
