import { hash, randomUUID } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ERROR_PROFILES, type CallFacts, type ErrorProfile } from '@portcullis/contracts';
import { JsonScanner, REVISIONS, UNSUPPORTED_REVISION_CODE, isRevision } from '@portcullis/mcp';
import { Refusal } from './refusal.js';

/** What the headers of a request say. Nothing of it is verified but its form. */
export interface RequestHead {
  readonly slug: string;
  /** SHA-256 of the API key or the login cookie. Neither itself goes further than `readHead`. */
  readonly digest: string;
  readonly credential: 'api_key' | 'cookie';
  readonly sourceIp: string;
  readonly user: string | undefined;
  readonly traceId: string;
  readonly traceparent: string | null;
  readonly tracestate: string | undefined;
  readonly metadata: CallFacts['metadata'];
  readonly errors: ErrorProfile | undefined;
  readonly sessionId: string | undefined;
  readonly revision: string | undefined;
  readonly lastEventId: string | undefined;
  readonly accepts: { readonly json: boolean; readonly events: boolean };
}

const KEY = /^Bearer +(ig_[0-9A-Za-z]{40})$/i;
const LOGIN_COOKIES = ['__Secure-igris.session_token', 'igris.session_token'];
const LONGEST_COOKIE = 512;
const LONGEST_USER = 256;
const LONGEST_TRACE_ID = 128;
const LARGEST_METADATA = 8 * 1024;
const MOST_METADATA = 1000;
const LONGEST_SESSION_ID = 128;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_METADATA: CallFacts['metadata'] = Object.freeze({});

/** The trace id of a request, also of one that is refused before its head is read; null when the caller's is unusable. */
export function traceIdOf(request: IncomingMessage): string | null {
  const given = request.headers['x-igris-trace-id'];
  if (given === undefined || given === '') return `ig_trace_${randomUUID().replaceAll('-', '')}`;
  return typeof given === 'string' && given.length <= LONGEST_TRACE_ID && VISIBLE_ASCII.test(given)
    ? given
    : null;
}

export function readHead(
  request: IncomingMessage,
  slug: string,
  sourceIp: string,
  traceId: string | null,
): RequestHead | Refusal {
  const { headers } = request;
  const shown = credentialOf(headers);
  if (shown instanceof Refusal) return shown;
  const { digest, credential } = shown;
  if (traceId === null) return invalid('X-Igris-Trace-Id is over 128 characters or not visible ASCII.');
  const user = readText(headers['x-igris-user']);
  if (user !== undefined && user.length > LONGEST_USER)
    return invalid('X-Igris-User is over 256 characters.');
  const metadata = readMetadata(headers['x-igris-metadata']);
  if (metadata instanceof Refusal) return metadata;
  const errors = headers['x-igris-errors'];
  if (errors !== undefined && !isErrorProfile(errors)) {
    return invalid(`X-Igris-Errors must be one of ${ERROR_PROFILES.join(', ')}.`);
  }
  const sessionId = headers['mcp-session-id'];
  const revision = headers['mcp-protocol-version'];
  const lastEventId = headers['last-event-id'];
  const { traceparent, tracestate } = headers;
  return {
    slug,
    digest,
    credential,
    sourceIp,
    user: user === '' ? undefined : user,
    traceId,
    traceparent: typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : null,
    tracestate: typeof tracestate === 'string' ? tracestate.slice(0, 512) : undefined,
    metadata,
    errors,
    // An id nobody was ever given: kept short, so that it is looked up and not found.
    sessionId: typeof sessionId === 'string' ? sessionId.slice(0, LONGEST_SESSION_ID + 1) : undefined,
    revision: typeof revision === 'string' ? revision : undefined,
    lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    accepts: readAccept(headers.accept),
  };
}

/** The revision header has a meaning on everything but `initialize`, which negotiates in its body. */
export function unsupportedRevision(requested: string): Refusal | undefined {
  if (isRevision(requested)) return undefined;
  return new Refusal('request.invalid', {
    message: 'This protocol revision is not supported.',
    code: UNSUPPORTED_REVISION_CODE,
    data: { supported: REVISIONS, requested: requested.slice(0, 64) },
  });
}

function credentialOf({
  authorization,
  cookie,
  origin,
}: IncomingHttpHeaders): Pick<RequestHead, 'digest' | 'credential'> | Refusal {
  if (authorization === undefined || authorization === '') {
    const login = loginCookie(cookie);
    if (login === undefined) return new Refusal('auth.required');
    // Browsers add cookies to what any page asks for: it must say which page, and the origin guard has looked at that.
    if (origin === undefined) return new Refusal('origin.forbidden');
    return login === ''
      ? new Refusal('auth.invalid')
      : { digest: hash('sha256', login), credential: 'cookie' };
  }
  const key = KEY.exec(authorization)?.[1];
  return key === undefined
    ? new Refusal('auth.invalid')
    : { digest: hash('sha256', key), credential: 'api_key' };
}

/** The login cookie, the secure one first; '' for one that occurs twice or cannot be read. */
function loginCookie(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const pairs = header.split(';').map((pair) => pair.trim());
  for (const name of LOGIN_COOKIES) {
    const found = pairs.filter((pair) => pair.startsWith(`${name}=`));
    if (found.length === 0) continue;
    const value = found.length === 1 ? (found[0] ?? '').slice(name.length + 1) : '';
    try {
      return value.length <= LONGEST_COOKIE ? decodeURIComponent(value) : '';
    } catch {
      return '';
    }
  }
  return undefined;
}

function readMetadata(header: string | string[] | undefined): CallFacts['metadata'] | Refusal {
  if (header === undefined) return NO_METADATA;
  const text = readText(header) ?? '';
  if (Buffer.byteLength(text) > LARGEST_METADATA) return invalid('X-Igris-Metadata is over 8 KiB.');
  if (new JsonScanner({ maxDepth: 1, duplicatesTo: 1 }).scan(Buffer.from(text)) !== 'ok')
    return invalid(METADATA_FORM);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return invalid(METADATA_FORM);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalid(METADATA_FORM);
  const members = Object.values(value);
  if (members.length > MOST_METADATA) return invalid('X-Igris-Metadata has over 1,000 names.');
  for (const member of members) {
    if (typeof member !== 'string' && typeof member !== 'boolean' && !Number.isFinite(member))
      return invalid(METADATA_FORM);
  }
  return value as CallFacts['metadata'];
}

const METADATA_FORM =
  'X-Igris-Metadata must be a JSON object of strings, numbers and booleans, each name once.';

/** Node decodes headers as Latin-1; clients that have something to say outside of ASCII send UTF-8. */
function readText(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^[\x00-\x7f]*$/.test(header)) return header;
  const bytes = Buffer.from(header, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : header;
}

function readAccept(header: string | undefined): RequestHead['accepts'] {
  if (header === undefined || header === '') return ACCEPTS_ALL;
  const accept = header.toLowerCase();
  const any = accept.includes('*/*');
  return {
    json: any || accept.includes('application/json') || accept.includes('application/*'),
    events: any || accept.includes('text/event-stream') || accept.includes('text/*'),
  };
}

const ACCEPTS_ALL = { json: true, events: true };

function isErrorProfile(value: string | string[]): value is ErrorProfile {
  return (ERROR_PROFILES as readonly (string | string[])[]).includes(value);
}

function invalid(message: string): Refusal {
  return new Refusal('request.invalid', { message });
}
