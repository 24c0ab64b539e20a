import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Visitor } from './accounts.js';

/** Where a request comes from. */
export const CurrentVisitor = createParamDecorator((_: unknown, context: ExecutionContext): Visitor => {
  const { ip, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return { address: ip.slice(0, 64), userAgent: plain(headers['user-agent'] ?? '') };
});

/** A header that is kept and shown: printable, and not long. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 512);
}
