import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import type { FastifyRequest } from 'fastify';

/** The `Idempotency-Key` of a write: 1 to 256 visible ASCII characters. */
export const IdempotencyKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
    if (header === undefined) return undefined;
    if (typeof header !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(header)) {
      throw new ProblemError({
        code: 'request.invalid',
        status: 400,
        title: 'The Idempotency-Key is not valid.',
      });
    }
    return header;
  },
);
