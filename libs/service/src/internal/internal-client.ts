import { Agent, request } from 'undici';
import type { Problem } from '@portcullis/contracts';
import { ProblemError } from '../errors/problem-error.js';
import type { Endpoint } from './endpoint.js';

export interface InternalCallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Largest answer one service takes from another. */
const ANSWER_LIMIT = 16 * 1024 * 1024;

/**
 * JSON over HTTP from one service to another. Problems come back as `ProblemError`; a service that cannot be reached, or
 * answers something else, as `internal.unavailable` (503). It never retries: the caller knows what may be repeated.
 */
export class InternalClient {
  private readonly agent: Agent;
  private readonly origin: string;

  constructor(
    endpoint: Endpoint,
    private readonly token: string,
    private readonly service: string,
  ) {
    this.agent = new Agent({
      connections: 16,
      maxResponseSize: ANSWER_LIMIT,
      connect: { timeout: 2_000, ...(endpoint.kind === 'unix' ? { socketPath: endpoint.path } : {}) },
    });
    this.origin = endpoint.kind === 'unix' ? 'http://localhost' : `http://${endpoint.host}:${endpoint.port}`;
  }

  async post(path: string, body: unknown, options: InternalCallOptions = {}): Promise<unknown> {
    return this.call('POST', path, JSON.stringify(body), options);
  }

  async get(path: string, options: InternalCallOptions = {}): Promise<unknown> {
    return this.call('GET', path, undefined, options);
  }

  /** The answer whatever its status: for health pages, where 503 still has a body. */
  async probe(path: string, options: InternalCallOptions = {}): Promise<{ status: number; body: unknown }> {
    return this.send('GET', path, undefined, options);
  }

  async close(): Promise<void> {
    await this.agent.close();
  }

  private async call(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    options: InternalCallOptions,
  ) {
    const answer = await this.send(method, path, body, options);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw this.problem(answer.status, answer.body);
  }

  private async send(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    options: InternalCallOptions,
  ) {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 10_000);
    try {
      const response = await request(this.origin + path, {
        method,
        dispatcher: this.agent,
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
        body: body ?? null,
        signal: options.signal ? AbortSignal.any([timeout, options.signal]) : timeout,
      });
      const text = await response.body.text();
      return { status: response.statusCode, body: text === '' ? null : (JSON.parse(text) as unknown) };
    } catch (cause) {
      throw new ProblemError(
        { code: 'internal.unavailable', status: 503, title: `The ${this.service} service is unavailable.` },
        { cause },
      );
    }
  }

  private problem(status: number, body: unknown): ProblemError {
    const problem = body as Partial<Problem> | null;
    if (typeof problem?.code !== 'string' || status >= 500) {
      return new ProblemError({
        code: problem?.code ?? 'internal.unavailable',
        status: status >= 500 ? 503 : status,
        title: problem?.title ?? `The ${this.service} service failed.`,
      });
    }
    return new ProblemError({
      code: problem.code,
      status,
      title: problem.title ?? problem.code,
      ...(problem.detail === undefined ? {} : { detail: problem.detail }),
      ...(problem.issues === undefined ? {} : { issues: problem.issues }),
    });
  }
}
