import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import type { FastifyRequest } from 'fastify';

/** The version a write expects, from `If-Match: "3"` (quotes and the weak mark optional); `*` or none means any. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const match = /^(?:W\/)?"?([1-9][0-9]{0,8})"?$/.exec(header);
  if (match === null)
    throw new ProblemError({ code: 'request.invalid', status: 400, title: 'If-Match must name a version.' });
  return Number(match[1]);
});
