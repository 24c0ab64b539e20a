import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { until } from '@portcullis/testing';

export const INTERNAL_TOKEN = 'x'.repeat(32);

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The service runs from `dist`; building what is up to date takes a second. */
export function buildService(): void {
  const args = ['node_modules/typescript/bin/tsc', '-b', 'services/notification/tsconfig.lib.json'];
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
}

export interface NotificationProcess {
  readonly child: ChildProcess;
  /** Lines of both streams. */
  output(): string;
  get(path: string): Promise<{ status: number; body: string }>;
  /** With the deployment's token. */
  post(path: string, body: unknown): Promise<{ status: number; body: string }>;
  /** Resolves with exit code or signal. */
  stop(signal: NodeJS.Signals): Promise<number | string>;
}

export function startProcess(env: Record<string, string>, socket: string): NotificationProcess {
  const child = spawn(process.execPath, ['--enable-source-maps', 'services/notification/dist/main.js'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORTCULLIS_INTERNAL_LISTEN: `unix:${socket}`,
      PORTCULLIS_INTERNAL_TOKEN: INTERNAL_TOKEN,
      PORTCULLIS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    child,
    output: () => text,
    get: (path) => ask(socket, path),
    post: (path, body) => ask(socket, path, JSON.stringify(body)),
    stop: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill(signal);
        await exit;
      }
      return child.exitCode ?? child.signalCode ?? 'still running';
    },
  };
}

export async function whenServing(process: NotificationProcess): Promise<void> {
  await until(
    async () => {
      const { status, body } = await process.get('/health');
      return status === 200 && (JSON.parse(body) as { status: string }).status === 'serving';
    },
    { timeoutMs: 60_000, describe: `the service to serve; it said ${process.output()}` },
  );
}

function ask(socketPath: string, path: string, body?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${INTERNAL_TOKEN}`, 'content-type': 'application/json' };
    const method = body === undefined ? 'GET' : 'POST';
    const asked = request({ socketPath, path, method, headers, timeout: 10_000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
