import { Rejection } from '@portcullis/eventing';
import type { ConnectionSettings } from './connection.js';

/** Headers the gateway or HTTP itself sets; an administrator cannot take them over. */
const RESERVED_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'keep-alive',
  'proxy-connection',
  'content-type',
  'content-encoding',
  'accept',
  'accept-encoding',
  'cookie',
  'origin',
  'mcp-session-id',
  'mcp-protocol-version',
  'last-event-id',
]);

/** What no connection may be, whoever asks. Throws a rejection that names the field. */
export function checkConnectionSettings(settings: ConnectionSettings, hasCredential: boolean): void {
  const { authType, authHeaderName, identity, upstreamUrl } = settings;
  checkUrl(upstreamUrl);
  if (authType === 'header' && authHeaderName === null) {
    throw invalid('connection.auth_header_missing', '/authHeaderName', 'is required when authType is header');
  }
  if (authType !== 'none' && !hasCredential) {
    throw invalid('connection.credential_missing', '/credential', `is required when authType is ${authType}`);
  }
  const names: [string, string | null | undefined][] = [['/authHeaderName', authHeaderName]];
  if (identity.mode === 'header') {
    for (const [fact, name] of Object.entries(identity.headers))
      names.push([`/identity/headers/${fact}`, name]);
  }
  const taken = new Set<string>(authType === 'bearer' ? ['authorization'] : []);
  for (const [pointer, name] of names) {
    if (name === null || name === undefined) continue;
    const lower = name.toLowerCase();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(lower))
      throw invalid('connection.header_invalid', pointer, 'is not a header name');
    if (RESERVED_HEADERS.has(lower))
      throw invalid('connection.header_reserved', pointer, `cannot be ${name}`);
    if (taken.has(lower)) throw invalid('connection.header_twice', pointer, `${name} is used twice`);
    taken.add(lower);
  }
}

function checkUrl(text: string): void {
  if (!URL.canParse(text)) throw invalid('connection.url_invalid', '/upstreamUrl', 'is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid('connection.url_invalid', '/upstreamUrl', 'must be http or https');
  }
  // A password in a URL is shown wherever the URL is.
  if (url.username !== '' || url.password !== '') {
    throw invalid('connection.url_invalid', '/upstreamUrl', 'must not hold a user name or password');
  }
  if (url.hash !== '') throw invalid('connection.url_invalid', '/upstreamUrl', 'must not have a fragment');
}

function invalid(code: string, pointer: string, message: string): Rejection {
  return new Rejection(code, 'invalid', 'The connection cannot be as asked.', [{ pointer, message }]);
}
