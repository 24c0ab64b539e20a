import type { FastifyReply } from 'fastify';

/** Query ids carry the organization, so that nobody cancels another's query. */
export function serverQueryId(tenantId: string, queryId: string): string {
  return `${tenantId}:${queryId}`;
}

/** Ends with the connection: nobody waits for the answer of a query whose reader is gone. */
export function closed(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
