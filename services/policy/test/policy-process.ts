import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';

export const TOKEN = 'internal-token-of-the-tests-0123456789';

/** An entry point as it is shipped: the build must be up to date, as `npm test` sees to. */
const entry = (name: string) => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class PolicyProcess {
  #stdout = '';
  #stderr = '';
  readonly #closed: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly socket: string,
  ) {
    child.stdout?.on('data', (chunk) => (this.#stdout += String(chunk)));
    child.stderr?.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.#closed = once(child, 'close');
  }

  static start(name: 'main' | 'bootstrap', env: Record<string, string>): PolicyProcess {
    const child = spawn(process.execPath, ['--enable-source-maps', entry(name)], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new PolicyProcess(child, (env['PORTCULLIS_INTERNAL_LISTEN'] ?? '').replace('unix:', ''));
  }

  static async run(name: 'main' | 'bootstrap', env: Record<string, string>): Promise<Ended> {
    return PolicyProcess.start(name, env).ended();
  }

  async ended(): Promise<Ended> {
    await this.#closed;
    return { code: this.child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get log(): string {
    return this.#stdout + this.#stderr;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended();
  }

  call(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    token: string | null = TOKEN,
  ): Promise<{ status: number; body: unknown }> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      };
      const sent = request({ socketPath: this.socket, method, path, headers, agent: false }, (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text,
          }),
        );
      });
      // Who ended by itself is asked in vain: what it wrote says why.
      sent.on('error', (error) =>
        reject(this.running ? error : new Error(`The process has ended: ${this.log}`, { cause: error })),
      );
      sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  }
}
