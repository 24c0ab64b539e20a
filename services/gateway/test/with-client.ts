import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { ClientCapabilities } from '@modelcontextprotocol/sdk/types.js';

export interface TestClient {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  readonly errors: Error[];
  close(): Promise<void>;
}

/** The official TypeScript client, connected. `prepare` sets its handlers before it connects. */
export async function connectClient(
  url: string,
  headers: Record<string, string>,
  capabilities: ClientCapabilities = {},
  prepare: (client: Client) => void = () => {},
): Promise<TestClient> {
  const client = new Client({ name: 'test-client', version: '9.9.9' }, { capabilities });
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  prepare(client);
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    reconnectionOptions: {
      initialReconnectionDelay: 20,
      maxReconnectionDelay: 50,
      reconnectionDelayGrowFactor: 1,
      maxRetries: 3,
    },
  });
  await client.connect(transport);
  return {
    client,
    transport,
    errors,
    async close() {
      await transport.terminateSession().catch(() => undefined);
      await client.close();
    },
  };
}

export const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
