import { ServiceProcess } from '@portcullis/testing';

export const TOKEN = 'internal-token-of-the-tests-0123456789';

export type Ended = Awaited<ReturnType<ServiceProcess['ended']>>;

/** An entry point of the policy service, whose answers are documents. */
export class PolicyProcess {
  private constructor(private readonly process: ServiceProcess) {}

  static start(name: 'main' | 'bootstrap', env: Record<string, string>): PolicyProcess {
    const socket = (env['PORTCULLIS_INTERNAL_LISTEN'] ?? '').replace('unix:', '');
    const entry = new URL(`../dist/${name}.js`, import.meta.url);
    return new PolicyProcess(ServiceProcess.start({ entry, socket, token: TOKEN, env }));
  }

  static run(name: 'main' | 'bootstrap', env: Record<string, string>): Promise<Ended> {
    return PolicyProcess.start(name, env).ended();
  }

  ended(): Promise<Ended> {
    return this.process.ended();
  }

  get running(): boolean {
    return this.process.running;
  }

  get log(): string {
    return this.process.output();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    await this.process.stop(signal);
    return this.ended();
  }

  async call(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    token: string | null = TOKEN,
  ): Promise<{ status: number; body: unknown }> {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await this.process.ask(path, { method, token, body: sent });
    const { status, body: text } = answer;
    return { status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
  }
}
