import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface ServiceProcessOptions {
  /** An entry point as it is shipped, in the service's `dist`. */
  readonly entry: URL;
  /** Path of the Unix socket its internal listener is on. */
  readonly socket: string;
  /** Sent with every request that names no other. */
  readonly token: string;
  /** All it gets to know of the environment, `PATH` aside. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly body?: string | undefined;
  /** Null: none. */
  readonly token?: string | null;
  readonly method?: string;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** A built service as a process of its own. */
export class ServiceProcess {
  #stdout = '';
  #stderr = '';
  readonly #closed: Promise<unknown>;

  private constructor(
    readonly child: ChildProcess,
    private readonly options: ServiceProcessOptions,
  ) {
    child.stdout?.on('data', (chunk) => (this.#stdout += String(chunk)));
    child.stderr?.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.#closed = once(child, 'close');
  }

  static start(options: ServiceProcessOptions): ServiceProcess {
    const child = spawn(process.execPath, ['--enable-source-maps', fileURLToPath(options.entry)], {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServiceProcess(child, options);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it wrote so far, both streams. */
  output(): string {
    return this.#stdout + this.#stderr;
  }

  /** Resolves when it has ended, with what it left. */
  async ended(): Promise<{ code: number | null; stdout: string; stderr: string }> {
    await this.#closed;
    return { code: this.child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** Resolves with the exit code, or the signal that ended it. */
  async stop(signal: NodeJS.Signals): Promise<number | string> {
    if (this.running) this.child.kill(signal);
    await this.#closed;
    return this.child.exitCode ?? this.child.signalCode ?? 'still running';
  }

  get(path: string): Promise<Answered> {
    return this.ask(path);
  }

  post(path: string, body: unknown): Promise<Answered> {
    return this.ask(path, { method: 'POST', body: JSON.stringify(body) });
  }

  async whenServing(): Promise<void> {
    const serving = async () => {
      const { status, body } = await this.ask('/health');
      return status === 200 && (JSON.parse(body) as { status: string }).status === 'serving';
    };
    await until(serving, { timeoutMs: 60_000, describe: `the service to serve; it said ${this.output()}` });
  }

  /** A GET with the token, unless it says otherwise. */
  ask(path: string, asked: Asked = {}): Promise<Answered> {
    const { method = 'GET', token = this.options.token, body } = asked;
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      };
      const options = {
        socketPath: this.options.socket,
        method,
        path,
        headers,
        agent: false,
        timeout: 10_000,
      };
      const sent = request(options, (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      });
      // Who ended by itself is asked in vain: what it wrote says why.
      sent.on('error', (error) => {
        reject(this.running ? error : new Error(`The process has ended: ${this.output()}`, { cause: error }));
      });
      sent.end(body);
    });
  }
}

/** Services run from `dist`; `npm test` has built them, and looking again would take seconds for each file. */
export function buildService(name: string): void {
  if (process.env['PORTCULLIS_TEST_BUILT'] === 'true') return;
  const args = ['node_modules/typescript/bin/tsc', '-b', `services/${name}/tsconfig.lib.json`];
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
}
