import { createServer } from 'node:net';

import { EngineError } from '../engine-error.js';

/** Throws one clear line when `port` cannot be listened on; `setting` is what the reader may change. */
export async function assertPortFree(host: string, port: number, setting: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (cause) {
    throw new EngineError(
      `${reason((cause as NodeJS.ErrnoException).code, host, port)}; ${setting} chooses another.`,
      {
        cause,
      },
    );
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function reason(code: string | undefined, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use`;
  if (code === 'EACCES') return `Port ${port} on ${host} may not be used by this user`;
  return `${host}:${port} cannot be listened on (${code ?? 'unknown error'})`;
}
