import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { callForEveryVerdict, first, firstOf, sampleCaller, type CallTool } from './sample-calls.js';

export interface SeenDeployment extends TestDeployment {
  readonly seen: { alert: string; session: string; policy: string; trace: string };
  readonly callTool: CallTool;
}

/** A deployment whose every screen has something on it: calls allowed, denied and alerting, a session, an alert, a trace. */
export async function startSeenDeployment(): Promise<SeenDeployment> {
  const deployment = await startTestDeployment();
  try {
    const callTool = sampleCaller(deployment);
    await callForEveryVerdict(callTool, 4);
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
      alert: await firstOf(deployment, '/alerts'),
      session: await firstOf(deployment, '/sessions'),
      policy: await firstOf(deployment, '/policies'),
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
