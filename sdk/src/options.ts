export interface IgrisOptions {
  /** An API key, `ig_…`. For tool calls it needs the scope `mcp`, for `audit` and `lens` the scope `audit:read`. */
  readonly apiKey: string;
  /** The gateway; default the environment variable `IGRIS_BASE_URL`, then `http://127.0.0.1:4100`. */
  readonly baseUrl?: string;
  /** The API; default what the gateway says at `/.well-known/portcullis`. */
  readonly apiUrl?: string;
  /** Replaces the global `fetch`: for tests and runtimes with one of their own. */
  readonly fetch?: typeof fetch;
}

/** Who and what a call is for. Everything is optional. */
export interface CallOptions {
  /** The end user, at most 256 characters; an administrator may have bound another one to the key. */
  readonly user?: string;
  /** Groups calls into one operation; made up when absent. */
  readonly traceId?: string;
  /** Facts a policy may look at, at most 8 KiB as JSON. */
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** Gives up after this long; default 10 minutes. */
  readonly timeoutMs?: number;
}

export const DEFAULT_BASE_URL = 'http://127.0.0.1:4100';
export const DEFAULT_TIMEOUT_MS = 600_000;

/** `ig_trace_` and 32 hexadecimal digits. */
export function newTraceId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `ig_trace_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Headers that carry identity. Values outside Latin-1 cannot travel in a header and are refused here, by name. */
export function identityHeaders(options: CallOptions): Record<string, string> {
  return {
    ...(options.user === undefined ? {} : { 'x-igris-user': headerValue('user', options.user) }),
    'x-igris-trace-id': headerValue('traceId', options.traceId ?? newTraceId()),
    ...(options.metadata === undefined ? {} : { 'x-igris-metadata': asciiJson(options.metadata) }),
  };
}

function headerValue(name: string, value: string): string {
  if (!/^[\x20-\x7e\xa0-\xff]*$/.test(value))
    throw new TypeError(`${name} holds characters that cannot travel in a header`);
  return value;
}

/** JSON in ASCII alone: everything else as \u escapes, which JSON reads back as they were. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
