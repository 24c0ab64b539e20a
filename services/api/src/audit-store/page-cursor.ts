import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { RowCursor } from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';
import { z } from 'zod';

const contentSchema = z.tuple([
  z.union([z.string(), z.number()]),
  z.number(),
  z.string(),
  z.number(),
  z.string(),
]);

/**
 * Opaque, signed page cursors. A cursor holds the place, the moment the first page was read, and the hash of the query
 * and organization it belongs to: another query's cursor is refused rather than answered wrongly.
 */
export class PageCursors {
  private readonly key: Buffer;

  constructor(secret: string) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'portcullis-page-cursor-v1', 32));
  }

  sign(cursor: RowCursor, query: string): string {
    const content = Buffer.from(
      JSON.stringify([cursor.sort, cursor.time, cursor.id, cursor.ceiling, digest(query)]),
    );
    return `${content.toString('base64url')}.${this.mac(content).toString('base64url')}`;
  }

  open(text: string, query: string): RowCursor {
    const [encoded = '', signature = ''] = text.split('.');
    const content = Buffer.from(encoded, 'base64url');
    const given = Buffer.from(signature, 'base64url');
    const expected = this.mac(content);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw badCursor();
    const [sort, time, id, ceiling, of] = contentSchema.parse(JSON.parse(content.toString('utf8')));
    if (of !== digest(query)) throw badCursor();
    return { sort, time, id, ceiling };
  }

  private mac(content: Buffer): Buffer {
    return createHmac('sha256', this.key).update(content).digest().subarray(0, 16);
  }
}

function digest(query: string): string {
  return createHash('sha256').update(query).digest('base64url').slice(0, 22);
}

function badCursor(): ProblemError {
  return new ProblemError({
    code: 'request.bad_cursor',
    status: 400,
    title: 'The cursor does not belong to this query.',
  });
}
