import { until } from '@portcullis/testing';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { openWorkplace, type Workplace } from './workplace.js';

export interface WorkingDeployment extends TestDeployment {
  /** `policy` is the sample's, `workPolicy` that of the production database. */
  readonly seen: { alert: string; session: string; policy: string; workPolicy: string; trace: string };
  readonly workplace: Workplace;
  /** A call to a tool of the sample connection with the agent's key; answers the status and the text of the reply. */
  callTool(
    name: string,
    args?: object,
    headers?: Record<string, string>,
  ): Promise<{ status: number; text: string }>;
}

const LONG = { timeoutMs: 60_000, intervalMs: 200 };

/** A deployment whose every screen has something on it: calls allowed, denied and alerting, a session, an alert, a trace. */
export async function startWorkingDeployment(): Promise<WorkingDeployment> {
  const deployment = await startTestDeployment();
  let workplace: Workplace | undefined;
  const stop = async () => {
    await deployment.stop();
    await workplace?.stop();
  };
  try {
    let id = 0;
    const callTool: WorkingDeployment['callTool'] = async (name, args = {}, headers = {}) => {
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
    workplace = await openWorkplace(deployment);
    const { trace } = workplace;
    for (let round = 0; round < 2; round += 1) {
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
    const policy = (name: string) =>
      first(async () => {
        const { data } = await deployment.api<{ id: string; name: string }[]>('GET', '/policies');
        return data.find((one) => one.name === name)?.id;
      });
    const one = (path: string) =>
      first(async () => (await deployment.api<{ id: string }[]>('GET', path)).data[0]?.id);
    // The newest call is stored last: with it, all of them are.
    await first(async () => {
      const query = { q: 'type:tool_call connection:everything decision:deny', from: 'now-1h', limit: 10 };
      const { data } = await deployment.api<{ rows: object[] }>('POST', '/lens/query', query);
      return data.rows.length === 2 ? data : undefined;
    });
    const seen = {
      alert: await first(async () => {
        const { data } = await deployment.api<{ id: string; tool: string | null }[]>('GET', '/alerts');
        return data.find(({ tool }) => tool === 'delete_row')?.id;
      }),
      session: await one('/sessions'),
      policy: await policy('everything: sample'),
      workPolicy: await policy('Production database'),
      trace,
    };
    return {
      ...deployment,
      get pids() {
        return deployment.pids;
      },
      seen,
      workplace,
      callTool,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
