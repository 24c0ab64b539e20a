import { Readable } from 'node:stream';
import { hasVersionHeader } from '@portcullis/mcp';
import type { UpstreamResponse } from '../ports.js';
import { upstreamInvalid } from './call-cut.js';
import type { Deadlines, Timed } from './deadlines.js';
import type { RequestHead } from './request-head.js';

/** The upstream session a message travels in: a client's own or one the gateway opened. */
export interface UpstreamSession {
  readonly sessionId: string | null;
  readonly revision: string;
}

const USER_AGENT = 'portcullis';

/**
 * Everything an upstream is sent beside the body. Nothing of the caller's is copied but what is named here: a list of
 * headers to strip would always be one short.
 */
export function upstreamHeaders(
  session: UpstreamSession | undefined,
  head: Pick<RequestHead, 'traceparent' | 'tracestate' | 'revision'> | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    // Compressed answers would have to be unpacked to be governed, and 16 MiB of them can be 16 GiB.
    'accept-encoding': 'identity',
    'user-agent': USER_AGENT,
  };
  if (session !== undefined) {
    if (session.sessionId !== null) headers['mcp-session-id'] = session.sessionId;
    const revision = head?.revision ?? (hasVersionHeader(session.revision) ? session.revision : undefined);
    if (revision !== undefined) headers['mcp-protocol-version'] = revision;
  }
  if (head !== undefined && head.traceparent !== null) {
    headers['traceparent'] = head.traceparent;
    if (head.tracestate !== undefined) headers['tracestate'] = head.tracestate;
  }
  return headers;
}

export function mediaType(response: UpstreamResponse): 'json' | 'events' | 'other' {
  const type = response.headers['content-type'];
  if (typeof type !== 'string') return 'other';
  const essence = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  return essence === 'application/json' ? 'json' : essence === 'text/event-stream' ? 'events' : 'other';
}

/** The body as a stream. One that fails while nobody reads it is nobody's concern; unheard, its error would end the process. */
export function streamOf(body: UpstreamResponse['body']): Readable {
  return Buffer.isBuffer(body) ? Readable.from([body]) : body.on('error', () => {});
}

/** The whole body; `upstream.invalid` when it is over the limit. */
export function readAnswer(body: UpstreamResponse['body'], limit: number): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return Promise.resolve(body);
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let length = 0;
    let ended = false;
    body.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        body.destroy();
        reject(upstreamInvalid(`The answer is over ${limit} bytes.`));
      } else if (first === undefined) first = chunk;
      else (chunks ??= [first]).push(chunk);
    });
    body.on('end', () => {
      ended = true;
      resolve(chunks === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks, length));
    });
    body.on('error', reject);
    body.on('close', () => {
      if (!ended) reject(upstreamInvalid('The upstream closed the connection within its answer.'));
    });
  });
}

const DRAIN_MS = 1_000;
const DRAIN_BYTES = 64 * 1024;

/** Lets a body of no interest end, so that its connection can be used again; cuts it when it does not. */
export function drain(body: UpstreamResponse['body'], deadlines: Deadlines): void {
  if (Buffer.isBuffer(body) || body.destroyed || body.readableEnded) return;
  const timed: Timed = {
    deadline: performance.now() + DRAIN_MS,
    onDeadline() {
      body.destroy();
    },
  };
  let left = DRAIN_BYTES;
  deadlines.add(timed);
  body.on('error', () => {});
  body.on('close', () => deadlines.delete(timed));
  body.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) body.destroy();
  });
  body.resume();
}
