import { randomUUID } from 'node:crypto';
import type { Compiled } from '@portcullis/lens';
import type { FastifyReply } from 'fastify';
import type { Page } from '../audit-store/audit-store.js';
import type { TimeRange } from '../audit-store/time-range.js';

/** Query ids carry the organization, so that nobody cancels another's query. Without one nobody means to cancel it. */
export function serverQueryId(tenantId: string, queryId: string = randomUUID()): string {
  return `${tenantId}:${queryId}`;
}

/** Ends with the connection: nobody waits for the answer of a query whose reader is gone. */
export function closed(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}

/** What an answer says of the query that made it. */
export function queryMeta(
  { tookMs, scannedRows }: Page,
  { everySeconds }: Compiled,
  range: TimeRange,
  queryId: string,
) {
  return {
    tookMs,
    scannedRows,
    queryId,
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    ...(everySeconds === undefined ? {} : { everySeconds }),
  };
}
