import type { IncomingMessage } from 'node:http';

export type ReadBody = Buffer | 'too_large' | 'gone';

/** The whole body, bounded. A body over the limit is read on and thrown away, so that the caller sees the answer. */
export function readBody(request: IncomingMessage, limit: number): Promise<ReadBody> {
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    discard(request, limit);
    return Promise.resolve('too_large');
  }
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let length = 0;
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) {
        request.off('data', take);
        discard(request, limit);
        resolve('too_large');
      } else if (first === undefined) first = chunk;
      else (chunks ??= [first]).push(chunk);
    };
    request.on('data', take);
    request.on('end', () => resolve(chunks === undefined ? (first ?? EMPTY) : Buffer.concat(chunks, length)));
    request.on('error', () => resolve('gone'));
    request.on('close', () => resolve('gone'));
  });
}

/** How many times the limit is swallowed before the connection is cut. */
const PATIENCE = 16;

function discard(request: IncomingMessage, limit: number): void {
  let left = limit * PATIENCE;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

const EMPTY = Buffer.alloc(0);
