import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { until } from '@portcullis/testing';

export const INTERNAL_TOKEN = 'an internal token of thirty-two characters';

export interface AuditProcess {
  readonly child: ChildProcess;
  /** What it wrote so far, both streams. */
  readonly output: () => string;
  get(
    path: string,
    options?: { token?: string | null; method?: string },
  ): Promise<{ status: number; body: string }>;
  /** Resolves with the exit code, or null when a signal ended it. */
  exit(): Promise<number | null>;
}

/** The built service as a process of its own, with its internal listener on a socket. */
export function startAudit(socket: string, env: Record<string, string>): AuditProcess {
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', fileURLToPath(new URL('../dist/main.js', import.meta.url))],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        PORTCULLIS_INTERNAL_TOKEN: INTERNAL_TOKEN,
        PORTCULLIS_INTERNAL_LISTEN: `unix:${socket}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    output: () => output,
    exit: () => exited,
    get: (path, { token = INTERNAL_TOKEN, method = 'GET' } = {}) =>
      new Promise((resolve, reject) => {
        const sent = request(
          {
            socketPath: socket,
            path,
            method,
            headers: token === null ? {} : { authorization: `Bearer ${token}` },
          },
          (response) => {
            let body = '';
            response.on('data', (chunk: Buffer) => (body += chunk.toString()));
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
          },
        );
        sent.on('error', reject);
        sent.end();
      }),
  };
}

export async function untilServing(audit: AuditProcess): Promise<void> {
  await until(async () => (await audit.get('/health')).status === 200, {
    timeoutMs: 60_000,
    intervalMs: 50,
    describe: `audit to serve; it wrote ${audit.output()}`,
  });
}
