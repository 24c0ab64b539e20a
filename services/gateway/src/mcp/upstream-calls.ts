import type { Logger } from 'pino';
import { PART, replaceRange } from '@portcullis/mcp';
import type { UpstreamPool, UpstreamResponse } from '../ports.js';
import type { ClientCall } from './client-call.js';
import type { Deadlines } from './deadlines.js';
import type { IdentityTokens } from './identity-tokens.js';
import { drain, type UpstreamSession } from './upstream-exchange.js';
import { headersFor, tellsUser, withIdentityMeta, type ToldCaller } from './upstream-identity.js';
import type { UpstreamLease, UpstreamSessions } from './upstream-sessions.js';

const RESPOND_MS = 30_000;
/** The call's own deadline is to come first: it also tells the upstream. */
const GRACE_MS = 2_000;

/** The upstream's side of a call: in which session it goes, with which headers, in which bytes. */
export class UpstreamCalls {
  constructor(
    private readonly upstream: UpstreamPool,
    private readonly leases: UpstreamSessions,
    private readonly tokens: IdentityTokens,
    private readonly deadlines: Deadlines,
    /** Largest answer that is no stream. */
    private readonly answerBytes: number,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  sessionOf(call: ClientCall): UpstreamSession | undefined {
    return call.lease ?? call.session?.upstreamSession;
  }

  /** An upstream session for a call without one of its own; `fresh`: none that was used before. */
  checkout(call: ClientCall, fresh: boolean): Promise<UpstreamLease> {
    const { connection, decision, cancellation } = call;
    const { tenantId, key, user } = decision.caller!;
    const told = tellsUser(connection) ? user : null;
    const owner = JSON.stringify([tenantId, connection.id, connection.etag, key.id, told]);
    const headers = headersFor(connection, undefined, undefined, toldOf(call), this.tokens);
    call.sentAt ??= performance.now();
    return fresh
      ? this.leases.open(connection, owner, headers, cancellation)
      : this.leases.checkout(connection, owner, headers, cancellation);
  }

  send(call: ClientCall): Promise<UpstreamResponse> {
    const { connection, cancellation, head } = call;
    const body = this.bodyOf(call);
    const headers = headersFor(connection, this.sessionOf(call), head, toldOf(call), this.tokens);
    call.sentAt ??= performance.now();
    const timeoutMs = call.remainingMs + GRACE_MS;
    return this.upstream.request({
      connection,
      method: 'POST',
      headers,
      body,
      signal: cancellation,
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      wholeUpTo: this.answerBytes,
    });
  }

  /** An answer or notification of the gateway's own, in the session of a call. Nobody waits for it. */
  respond(call: ClientCall, body: Buffer): void {
    const { connection } = call;
    const headers = headersFor(connection, this.sessionOf(call), undefined, toldOf(call), this.tokens);
    this.upstream
      .request({
        connection,
        method: 'POST',
        headers,
        body,
        headersTimeoutMs: RESPOND_MS,
        bodyTimeoutMs: RESPOND_MS,
      })
      .then((response) => drain(response.body, this.deadlines))
      .catch((error: unknown) => {
        this.logger.warn({ err: error, connection: connection.id }, 'an upstream could not be answered');
      });
  }

  /**
   * The gateway gave up on a call. Over HTTP with sessions, closing the connection cancels nothing: a session of the
   * gateway's own is ended, in the client's the upstream is told.
   */
  giveUp(call: ClientCall): void {
    if (call.lease !== undefined) return this.leases.discard(call.lease);
    const { idText } = call.message;
    if (call.session === undefined || call.sentAt === undefined || idText === undefined) return;
    const params = `{"requestId":${idText}}`;
    this.respond(
      call,
      Buffer.from(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`),
    );
  }

  /** A call ended well: its upstream session may serve the caller's next one, unless something stayed behind in it. */
  giveBack(call: ClientCall): void {
    if (call.lease === undefined) return;
    if (call.traits.stateful === true) this.leases.discard(call.lease);
    else this.leases.release(call.lease);
  }

  /** The bytes as received, but for the id in a session of the gateway's own and the `_meta` of an identity setting. */
  private bodyOf(call: ClientCall): Buffer {
    const { message, lease, connection } = call;
    let body = message.bytes;
    const setId = (): void => {
      if (lease === undefined || message.id === undefined) return;
      call.upstreamId = lease.nextId++;
      body = replaceRange(body, message.idStart, message.idEnd, String(call.upstreamId));
    };
    if (connection.identity.mode !== 'meta') {
      setId();
      return body;
    }
    // Back to front, so that the places of the first edit still hold for the second.
    const metaFirst = message.places[2 * PART.params]! > message.idStart;
    if (!metaFirst) setId();
    body = withIdentityMeta(message, body, toldOf(call));
    if (metaFirst) setId();
    return body;
  }
}

function toldOf(call: ClientCall): ToldCaller {
  return { caller: call.decision.caller!, traceId: call.head.traceId, metadata: call.head.metadata };
}
