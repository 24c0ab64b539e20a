import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Ask {
  /** `unix:/path.sock` or `http(s)://host:port`. */
  base: string;
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  timeoutMs?: number;
}

export interface Reply {
  status: number;
  text: string;
}

const MAX_REPLY_BYTES = 4 * 1024 * 1024;

/** One small HTTP exchange with our own services, over a Unix socket or TCP. */
export function ask({
  base,
  path,
  method = 'GET',
  headers = {},
  body,
  timeoutMs = 5_000,
}: Ask): Promise<Reply> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    method,
    headers: {
      ...headers,
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
    },
    agent: false as const,
    signal: AbortSignal.timeout(timeoutMs),
  };
  return new Promise((resolve, reject) => {
    const request = base.startsWith('unix:')
      ? httpRequest({ ...options, socketPath: base.slice('unix:'.length), path })
      : base.startsWith('https:')
        ? // It is our own listener on this machine; its certificate is made out to the public name.
          httpsRequest(new URL(path, base), { ...options, rejectUnauthorized: false })
        : httpRequest(new URL(path, base), options);
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_REPLY_BYTES) request.destroy(new Error('reply too large'));
        chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.end(payload);
  });
}
