import {
  LATEST_REVISION,
  MessageReader,
  MessageRefused,
  SseParser,
  isRevision,
  type RpcAnswer,
  type RpcMessage,
} from '@portcullis/mcp';
import type { GatewayConnection } from '@portcullis/contracts';
import type { Logger } from 'pino';
import { UpstreamFailed, type Cancellation, type UpstreamPool, type UpstreamResponse } from '../ports.js';
import { upstreamInvalid } from './call-cut.js';
import type { Deadlines, Timed } from './deadlines.js';
import {
  drain,
  mediaType,
  readAnswer,
  streamOf,
  upstreamHeaders,
  type UpstreamSession,
} from './upstream-exchange.js';

/** An upstream session the gateway opened by itself, in the hands of one call. */
export interface UpstreamLease extends UpstreamSession {
  readonly owner: string;
  readonly connection: GatewayConnection;
  /** Ids of the session's own: callers without a session all count from 1. */
  nextId: number;
  idleSince: number;
}

export interface LeaseLimits {
  /** Kept for the next call, in all and for one caller at one connection. */
  readonly idleUpstreamSessions: number;
  readonly idleUpstreamSessionsPerCaller: number;
  readonly upstreamSessionIdleMs: number;
}

const HANDSHAKE_MS = 30_000;
const LARGEST_HANDSHAKE = 1024 * 1024;
const SWEEP_MS = 5_000;

/**
 * Upstream sessions for calls that come without a handshake. One call has one at a time, and only calls of the same
 * caller (key, and user where the upstream is told of users) follow each other in it: whatever a call leaves behind in
 * a session, no stranger finds.
 */
export class UpstreamSessions implements Timed {
  deadline = 0;
  private readonly idle = new Map<string, UpstreamLease[]>();
  private idleCount = 0;
  private readonly reader = new MessageReader({ maxDepth: 64 });
  private closed = false;

  constructor(
    private readonly upstream: UpstreamPool,
    private readonly limits: LeaseLimits,
    private readonly deadlines: Deadlines,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {
    deadlines.add(this);
  }

  /** `headers`: what the connection's identity setting tells the upstream. */
  async checkout(
    connection: GatewayConnection,
    owner: string,
    headers: Record<string, string>,
    signal: Cancellation,
  ): Promise<UpstreamLease> {
    const leases = this.idle.get(owner);
    const lease = leases?.pop();
    if (lease === undefined) return this.open(connection, owner, headers, signal);
    if (leases!.length === 0) this.idle.delete(owner);
    this.idleCount -= 1;
    return lease;
  }

  /** Opens a new upstream session, whatever lies idle. */
  async open(
    connection: GatewayConnection,
    owner: string,
    headers: Record<string, string>,
    signal: Cancellation,
  ): Promise<UpstreamLease> {
    const response = await this.upstream.request({
      connection,
      method: 'POST',
      headers: { ...upstreamHeaders(undefined, undefined), ...headers },
      body: INITIALIZE,
      signal,
      headersTimeoutMs: HANDSHAKE_MS,
      bodyTimeoutMs: HANDSHAKE_MS,
      wholeUpTo: LARGEST_HANDSHAKE,
    });
    const answer = await this.handshakeAnswer(response);
    if (answer.error !== undefined)
      throw upstreamInvalid('The upstream refused to start a session.', `jsonrpc:${answer.error.code}`);
    const revision = (answer.result as { protocolVersion?: unknown } | null)?.protocolVersion;
    if (typeof revision !== 'string' || !isRevision(revision)) {
      throw upstreamInvalid('The upstream speaks no protocol revision this gateway knows.');
    }
    const sessionId = response.headers['mcp-session-id'];
    const lease: UpstreamLease = {
      sessionId: typeof sessionId === 'string' && sessionId !== '' ? sessionId : null,
      revision,
      owner,
      connection,
      nextId: 1,
      idleSince: 0,
    };
    const initialized = await this.upstream.request({
      connection,
      method: 'POST',
      headers: { ...upstreamHeaders(lease, undefined), ...headers },
      body: INITIALIZED,
      signal,
      headersTimeoutMs: HANDSHAKE_MS,
      bodyTimeoutMs: HANDSHAKE_MS,
    });
    drain(initialized.body, this.deadlines);
    return lease;
  }

  /** Gives a session back after a call that ended well. */
  release(lease: UpstreamLease): void {
    const leases = this.idle.get(lease.owner);
    const full =
      this.idleCount >= this.limits.idleUpstreamSessions ||
      (leases?.length ?? 0) >= this.limits.idleUpstreamSessionsPerCaller;
    if (this.closed || full) return this.discard(lease);
    lease.idleSince = performance.now();
    if (leases === undefined) this.idle.set(lease.owner, [lease]);
    else leases.push(lease);
    this.idleCount += 1;
  }

  /** Ends a session nobody can use again: its state is unknown, or there is no room for it. */
  discard(lease: UpstreamLease): void {
    if (lease.sessionId === null) return;
    this.endAtUpstream(lease.connection, lease);
  }

  /** Tells an upstream that a session is over. Nobody waits for it. */
  endAtUpstream(connection: GatewayConnection, session: UpstreamSession): void {
    const headers = upstreamHeaders(session, undefined);
    delete headers['content-type'];
    this.upstream
      .request({
        connection,
        method: 'DELETE',
        headers,
        body: null,
        headersTimeoutMs: HANDSHAKE_MS,
        bodyTimeoutMs: HANDSHAKE_MS,
      })
      .then((response) => drain(response.body, this.deadlines))
      .catch((error: unknown) => {
        this.logger.warn(
          { connection: connection.id, reason: error instanceof UpstreamFailed ? error.reason : 'unknown' },
          'an upstream session could not be ended',
        );
      });
  }

  get idleSessions(): number {
    return this.idleCount;
  }

  onDeadline(now: number): void {
    this.deadline = now + SWEEP_MS;
    for (const [owner, leases] of this.idle) {
      // Taken from the end, put back at the end: the first is the one longest unused.
      while (leases.length > 0 && leases[0]!.idleSince + this.limits.upstreamSessionIdleMs <= now) {
        this.discard(leases.shift()!);
        this.idleCount -= 1;
      }
      if (leases.length === 0) this.idle.delete(owner);
    }
  }

  /** Ends every idle session; what is in use ends when it is given back. */
  close(): void {
    this.closed = true;
    for (const leases of this.idle.values()) for (const lease of leases) this.discard(lease);
    this.idle.clear();
    this.idleCount = 0;
  }

  private async handshakeAnswer(response: UpstreamResponse): Promise<RpcAnswer> {
    const type = mediaType(response);
    if (response.status !== 200 || type === 'other') {
      drain(response.body, this.deadlines);
      throw upstreamInvalid(
        'The upstream did not answer the handshake.',
        response.status === 200 ? undefined : `http:${response.status}`,
      );
    }
    if (type === 'json') return this.expected(this.read(await readAnswer(response.body, LARGEST_HANDSHAKE)));
    const parser = new SseParser(LARGEST_HANDSHAKE);
    for await (const chunk of streamOf(response.body).iterator({ destroyOnReturn: false })) {
      for (const event of parser.push(chunk as Buffer)) {
        if (event.data === undefined || event.data.length === 0) continue;
        const message = this.read(event.data);
        if (message.kind === 'call') continue;
        drain(response.body, this.deadlines);
        return this.expected(message);
      }
    }
    throw upstreamInvalid('The upstream closed the connection within the handshake.');
  }

  private read(bytes: Buffer): RpcMessage {
    try {
      return this.reader.read(bytes);
    } catch (error) {
      if (!(error instanceof MessageRefused)) throw error;
      throw upstreamInvalid('The upstream did not answer the handshake.');
    }
  }

  private expected(message: RpcMessage): RpcAnswer {
    if (message.kind === 'answer' && message.id === HANDSHAKE_ID) return message;
    throw upstreamInvalid('The upstream did not answer the handshake.');
  }
}

const HANDSHAKE_ID = 0;
const INITIALIZE = Buffer.from(
  JSON.stringify({
    jsonrpc: '2.0',
    id: HANDSHAKE_ID,
    method: 'initialize',
    // No capabilities: nobody is there to be asked anything.
    params: {
      protocolVersion: LATEST_REVISION,
      capabilities: {},
      clientInfo: { name: 'portcullis', version: '0.1.0' },
    },
  }),
);
const INITIALIZED = Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}');
