import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Hands over the whole body, or null when it is longer than the limit; nothing when the peer went away. Most bodies are
 * one chunk.
 */
export function readBody(request: IncomingMessage, limit: number, done: (body: Buffer | null) => void): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  let over = false;
  request.on('data', (chunk: Buffer) => {
    if (over) return;
    length += chunk.length;
    if (length > limit) {
      over = true;
      first = rest = undefined;
      done(null);
    } else if (first === undefined) first = chunk;
    else (rest ??= []).push(chunk);
  });
  request.on('end', () => {
    if (over) return;
    if (rest === undefined) done(first ?? Buffer.alloc(0));
    else done(Buffer.concat([first as Buffer, ...rest], length));
  });
}

/** One write: a status, two headers, the text. */
export function sendJson(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return;
  response.sendDate = false;
  response.writeHead(status, [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(body)),
  ]);
  response.end(body);
}

/** A problem document; the connection is closed when the request was not read to its end. */
export function sendProblem(response: ServerResponse, status: number, code: string, detail?: string): void {
  if (response.destroyed) return;
  if (!response.req.complete) response.setHeader('Connection', 'close');
  response.sendDate = false;
  const body = JSON.stringify({
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail,
  });
  response.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Too large',
  500: 'Internal error',
  503: 'Unavailable',
};
