import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux (32768 on) and macOS (49152 on) give to outgoing connections: one of those would be taken
 * by anybody's next connection between this answer and its use, on a busy machine often enough to fail a start.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 29_999;
const ATTEMPTS = 20;

/** A TCP port that was free a moment ago; somebody who listens on it by its number may still take it before it is used. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if ((await bound(host, port)) !== undefined) return port;
  }
  const port = await bound(host, 0);
  if (port === undefined) throw new Error(`no TCP port is free on ${host}`);
  return port;
}

/** Undefined when it is in use, or may not be used. */
async function bound(host: string, port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return address === null || typeof address === 'string' ? undefined : address.port;
}
