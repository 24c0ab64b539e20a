import { Client, type ClientConfig } from 'pg';

/**
 * A connection of its own, for what belongs to a session: advisory locks and LISTEN. `lost` resolves when the
 * connection is gone, and with it everything the session held.
 */
export interface SessionClient {
  readonly client: Client;
  readonly lost: Promise<unknown>;
  close(): Promise<void>;
}

export async function openSessionClient(
  url: string,
  applicationName: string,
  config: ClientConfig = {},
): Promise<SessionClient> {
  const client = new Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 3_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    ...config,
  });
  const lost = new Promise<unknown>((resolve) => {
    client.on('error', resolve);
    client.on('end', () => resolve(new Error('Connection ended.')));
  });
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return { client, lost, close: () => client.end().catch(() => undefined) };
}
