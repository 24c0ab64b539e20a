import { startDeployment, type Deployment } from '@portcullis/embedded';
import { freePort, throwawayFolder, until } from '@portcullis/testing';

export interface TestDeployment extends Deployment {
  /** A REST call with the owner's key; rejects on a status of 400 and more. */
  api<Data = unknown>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ data: Data; meta: Record<string, unknown> }>;
  createAgentKey(label: string): Promise<{ id: string; secret: string }>;
  /** The agent session of a key, once it is known. */
  sessionOf(keyId: string): Promise<string>;
}

/** A deployment of its own, on free ports and a throwaway folder. */
export async function startTestDeployment(
  options: { bare?: boolean; env?: Record<string, string> } = {},
): Promise<TestDeployment> {
  const folder = await throwawayFolder('e2e');
  const env = {
    ...process.env,
    PORTCULLIS_API_PORT: String(await freePort()),
    PORTCULLIS_GATEWAY_PORT: String(await freePort()),
    ...options.env,
  };
  const deployment = await startDeployment({
    dataDir: folder.path,
    bare: options.bare ?? false,
    env,
    // A process that is killed again and again would be kept waiting for longer than it takes to start.
    longestRestartDelayMs: 100,
  });
  const api: TestDeployment['api'] = async (method, path, body) => {
    const response = await fetch(`${deployment.apiUrl}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${deployment.bootstrap.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as never;
  };
  return {
    ...deployment,
    get pids() {
      return deployment.pids;
    },
    api,
    createAgentKey: async (label) =>
      (await api<{ id: string; secret: string }>('POST', '/api-keys', { label, agent: label })).data,
    sessionOf: async (keyId) => {
      let found: string | undefined;
      await until(
        async () => {
          const { data } = await api<{ id: string; key: { id: string } }[]>('GET', '/sessions?limit=200');
          found = data.find((session) => session.key.id === keyId)?.id;
          return found !== undefined;
        },
        { timeoutMs: 15_000 },
      );
      return found ?? '';
    },
    stop: async () => {
      await deployment.stop();
      await folder.remove();
    },
  };
}
