import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { callForEveryVerdict, first, firstOf, sampleCaller, type CallTool } from './sample-calls.js';
import { openWorkplace, type Workplace } from './workplace.js';

export interface WorkingDeployment extends TestDeployment {
  /** `policy` is the sample's, `workPolicy` that of the production database. */
  readonly seen: { alert: string; session: string; policy: string; workPolicy: string; trace: string };
  readonly workplace: Workplace;
  readonly callTool: CallTool;
}

/** A deployment whose every screen has something on it: calls allowed, denied and alerting, a session, an alert, a trace. */
export async function startWorkingDeployment(): Promise<WorkingDeployment> {
  const deployment = await startTestDeployment();
  let workplace: Workplace | undefined;
  const stop = async () => {
    await deployment.stop();
    await workplace?.stop();
  };
  try {
    const callTool = sampleCaller(deployment);
    workplace = await openWorkplace(deployment);
    const { trace } = workplace;
    await callForEveryVerdict(callTool, 2);
    const policy = (name: string) =>
      first(async () => {
        const { data } = await deployment.api<{ id: string; name: string }[]>('GET', '/policies');
        return data.find((one) => one.name === name)?.id;
      });
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
      session: await firstOf(deployment, '/sessions'),
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
