import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Problem } from '@portcullis/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { ProblemError } from './problem-error.js';

/** The same failure is written once within this time: callers come again, and must not fill the disk. */
const QUIET_MS = 1_000;

/**
 * Turns whatever a controller throws into `application/problem+json`. Causes go to the log, never to the caller: every defect,
 * and of what is out of reach or busy one a second, with how many were left out.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** By code, method and route. */
  readonly #written = new Map<string, { readonly at: number; omitted: number }>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FastifyRequest>();
    const problem = problemOf(error);
    if (problem.status >= 500) this.#write(error, problem, request.method, request.routeOptions?.url);
    if (reply.sent) return;
    void reply
      .status(problem.status)
      .header('content-type', 'application/problem+json')
      .send(JSON.stringify(problem));
  }

  #write(error: unknown, { code, status }: Problem, method: string, route: string | undefined): void {
    const key = `${code} ${method} ${route}`;
    const last = this.#written.get(key);
    if (status > 500 && last !== undefined && this.now() - last.at < QUIET_MS) {
      last.omitted += 1;
      return;
    }
    this.#written.set(key, { at: this.now(), omitted: 0 });
    const omitted = last?.omitted ? { omitted: last.omitted } : {};
    this.logger.error({ err: error, code, method, route, ...omitted }, 'request failed');
  }
}

/** The public face of any error; anything unknown is a bare 500. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof z.ZodError) return problemOfIssues(error);
  if (error instanceof HttpException) return problemOfStatus(error.getStatus(), error.message);
  const fastify = error as { statusCode?: unknown; code?: unknown; message?: unknown };
  if (typeof fastify?.statusCode === 'number' && fastify.statusCode >= 400 && fastify.statusCode < 500) {
    return problemOfStatus(fastify.statusCode, String(fastify.message));
  }
  return { type: 'about:blank', title: 'Internal error', status: 500, code: 'internal.error' };
}

export function problemOfIssues(error: z.ZodError): Problem {
  return {
    type: 'about:blank',
    title: 'The request is not valid.',
    status: 400,
    code: 'request.invalid',
    issues: error.issues.slice(0, 50).map((issue) => ({
      pointer: issue.path
        .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
        .join(''),
      message: issue.message,
    })),
  };
}

const STATUS_CODES: Record<number, string> = {
  400: 'request.invalid',
  401: 'auth.required',
  403: 'auth.forbidden',
  404: 'route.not_found',
  405: 'request.method_not_allowed',
  413: 'request.too_large',
  415: 'request.unsupported_media_type',
};

function problemOfStatus(status: number, title: string): Problem {
  return {
    type: 'about:blank',
    title,
    status,
    code: STATUS_CODES[status] ?? (status < 500 ? 'request.invalid' : 'internal.error'),
  };
}
