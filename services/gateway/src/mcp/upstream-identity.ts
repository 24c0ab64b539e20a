import type { Caller, CallFacts, GatewayConnection } from '@portcullis/contracts';
import { PART, replaceRange, setMember, type RpcCall } from '@portcullis/mcp';
import type { IdentityTokens } from './identity-tokens.js';
import type { RequestHead } from './request-head.js';
import { upstreamHeaders, type UpstreamSession } from './upstream-exchange.js';

export const IDENTITY_HEADER = 'x-portcullis-identity';
const META_KEY = 'portcullis/identity';

/** Headers that mean something to HTTP, to MCP or to the connection's credential: no identity setting may fill them. */
const RESERVED = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface ToldCaller {
  readonly caller: Caller;
  readonly traceId: string;
  readonly metadata: CallFacts['metadata'];
}

/** All headers of a request on behalf of a caller. */
export function headersFor(
  connection: GatewayConnection,
  session: UpstreamSession | undefined,
  head: Pick<RequestHead, 'traceparent' | 'tracestate' | 'revision'> | undefined,
  told: ToldCaller,
  tokens: IdentityTokens,
): Record<string, string> {
  const headers = upstreamHeaders(session, head);
  if (connection.identity.mode !== 'none') addIdentityHeaders(headers, connection, told, tokens);
  return headers;
}

/** Adds what the connection's identity setting says the upstream is told by header. */
export function addIdentityHeaders(
  headers: Record<string, string>,
  connection: GatewayConnection,
  told: ToldCaller,
  tokens: IdentityTokens,
): void {
  const { identity } = connection;
  if (identity.mode === 'token') {
    headers[IDENTITY_HEADER] = tokens.tokenFor(connection, identity.claims, told);
    return;
  }
  if (identity.mode !== 'header') return;
  const credentialHeader =
    connection.auth.type === 'header' ? connection.auth.header.toLowerCase() : undefined;
  const add = (name: string | undefined, value: string | null): void => {
    if (name === undefined || name === '' || value === null || value === '') return;
    const lower = name.toLowerCase();
    if (!RESERVED.has(lower) && lower !== credentialHeader) headers[lower] = wire(value);
  };
  add(identity.headers.user, told.caller.user);
  add(identity.headers.agent, told.caller.key.agent);
  add(identity.headers.traceId, told.traceId);
}

/**
 * The message with what the upstream is told in `_meta` (identity mode `meta`): the one edit of a forwarded body, made in
 * place. A caller's own entry of that name is overwritten.
 */
export function withIdentityMeta(message: RpcCall, bytes: Buffer, told: ToldCaller): Buffer {
  const { caller, traceId } = told;
  const identity = JSON.stringify({ user: caller.user, agent: caller.key.agent, traceId });
  const meta = message.places[2 * PART['params._meta']]!;
  const params = message.places[2 * PART.params]!;
  if (params < 0)
    return setMember(bytes, bytes.indexOf('{'), 'params', `{"_meta":{"${META_KEY}":${identity}}}`);
  if (meta < 0) return setMember(bytes, params, '_meta', `{"${META_KEY}":${identity}}`);
  if (bytes[meta] === OPEN_BRACE) return setMember(bytes, meta, META_KEY, identity);
  return replaceRange(
    bytes,
    meta,
    message.places[2 * PART['params._meta'] + 1]!,
    `{"${META_KEY}":${identity}}`,
  );
}

/** Whether the setting tells upstreams who the user is, so that their sessions must not be shared between users. */
export function tellsUser(connection: GatewayConnection): boolean {
  return connection.identity.mode !== 'none';
}

const OPEN_BRACE = 0x7b;

/** Text outside of ASCII travels as its UTF-8 bytes; what no header may hold is left out. */
function wire(value: string): string {
  return Buffer.from(value.replace(/[\x00-\x1f\x7f]/g, ''), 'utf8').toString('latin1');
}
