import { guardedAgent, isAllowedUpstream, OutboundRefused } from '@portcullis/service';
import type { LookupFunction } from 'node:net';
import type { Agent } from 'undici';
import type { SendResult } from './channel.js';
import { plainText } from './plain-text.js';

export interface ReceiverHttpOptions {
  /** Receivers on the deployment's own network, plain HTTP and any port: `PORTCULLIS_ALLOW_PRIVATE_RECEIVERS`. */
  readonly allowPrivate: boolean;
  readonly connectTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  /** For tests; the system's resolver otherwise. */
  readonly lookup?: LookupFunction;
}

export interface ReceiverRequest {
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

const CONNECT_MS = 10_000;
const TOTAL_MS = 15_000;
const RESPONSE_BYTES = 64 * 1024;
const SHOWN_CHARACTERS = 1_000;
const PUBLIC_PORTS = new Set(['', '443', '8443']);
/** Refusals that another attempt may not meet: too early, asked too often, timed out. */
const TEMPORARY = new Set([408, 425, 429]);

/**
 * Posts to receivers: through the outbound guard, in bounded time, without following anything, and with a bounded look at
 * the answer. A new connection each time, so that every address is looked at when it is used.
 */
export class ReceiverHttp {
  private readonly agent: Agent;

  constructor(private readonly options: ReceiverHttpOptions) {
    this.agent = guardedAgent(
      {
        allowPrivate: options.allowPrivate,
        ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
      },
      {
        connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_MS,
        pipelining: 0,
        maxResponseSize: RESPONSE_BYTES,
        maxHeaderSize: 16 * 1024,
      },
    );
  }

  async post({ url: address, headers, body }: ReceiverRequest): Promise<SendResult> {
    const url = receiverUrl(address, this.options.allowPrivate);
    if (url === null) return refused('delivery.address_refused');
    try {
      const {
        statusCode,
        headers: answered,
        body: stream,
      } = await this.agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Portcullis', ...headers },
        body,
        signal: AbortSignal.timeout(this.options.totalTimeoutMs ?? TOTAL_MS),
      });
      // A status was given: what goes wrong in the rest of the answer changes nothing.
      const text = await stream.text().catch(() => '');
      return resultOf(statusCode, answered['retry-after'], shown(text));
    } catch (error) {
      return failureOf(error);
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** The address, if it may be sent to at all; its host's addresses are looked at again when it is connected to. */
export function receiverUrl(text: string, allowPrivate: boolean): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return null;
  if (!isAllowedUpstream(url, allowPrivate)) return null;
  if (allowPrivate) return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
  return url.protocol === 'https:' && PUBLIC_PORTS.has(url.port) ? url : null;
}

export function resultOf(
  status: number,
  retryAfter: string | string[] | undefined,
  response: string | null,
): SendResult {
  if (status >= 200 && status < 300) return { kind: 'delivered', status, response };
  if (status === 410) return { kind: 'gone', error: 'delivery.gone', status, response };
  const error = `delivery.http_${status}`;
  if (status >= 400 && status < 500 && !TEMPORARY.has(status))
    return { kind: 'refused', error, status, response };
  // A redirect is a failure, and may be a receiver that is being moved.
  return { kind: 'retry', error, status, response, retryAfterMs: retryAfterMs(retryAfter) };
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), at most a day. */
export function retryAfterMs(header: string | string[] | undefined, now = Date.now()): number | null {
  const text = typeof header === 'string' ? header.trim() : '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) || ms < 0 ? null : Math.min(ms, 86_400_000);
}

function failureOf(error: unknown): SendResult {
  if (chain(error).some((one) => one instanceof OutboundRefused)) return refused('delivery.address_refused');
  const codes = chain(error).flatMap((one) => [one.name, String((one as { code?: unknown }).code)]);
  const timedOut = codes.some((code) => /TIMEOUT|TimeoutError|ETIMEDOUT/i.test(code));
  const code = timedOut
    ? 'delivery.timeout'
    : codes.includes('ENOTFOUND')
      ? 'delivery.unknown_host'
      : 'delivery.unreachable';
  return { kind: 'retry', error: code, status: null, response: null, retryAfterMs: null };
}

function chain(error: unknown): Error[] {
  const found: Error[] = [];
  for (let one = error; one instanceof Error && found.length < 8; one = one.cause) found.push(one);
  return found;
}

function refused(error: string): SendResult {
  return { kind: 'refused', error, status: null, response: null };
}

function shown(text: string): string | null {
  const line = plainText(text.slice(0, 4 * SHOWN_CHARACTERS), SHOWN_CHARACTERS);
  return line === '' ? null : line;
}
