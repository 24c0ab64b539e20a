import type { Logger } from 'pino';
import { REFUSALS } from '@portcullis/contracts';
import { SseParser } from '@portcullis/mcp';
import type {
  CallRecorder,
  DecideAnswer,
  PolicyClient,
  RecordedCall,
  UpstreamPool,
  UpstreamResponse,
} from '../ports.js';
import { newEventId } from '../recording/event-ids.js';
import { factsOfDecision, factsOfRefusal, round, type Asked } from './call-facts.js';
import type { CallsInFlight } from './calls-in-flight.js';
import { ClientStream } from './client-stream.js';
import type { ControlWatch } from './control-watch.js';
import type { Deadlines } from './deadlines.js';
import type { Exchange } from './exchange.js';
import type { IdentityTokens } from './identity-tokens.js';
import type { McpLimits } from './mcp-limits.js';
import { OpenStream, type OpenStreams } from './open-streams.js';
import { decideQuestion } from './policy-questions.js';
import type { ProtocolSession, ProtocolSessions } from './protocol-sessions.js';
import { Refusal, errorBody, refusalHeaders, refusalOfDecision } from './refusal.js';
import type { Refusing } from './refusing.js';
import { readHead, unsupportedRevision, type RequestHead } from './request-head.js';
import type { RequestPath } from './request-path.js';
import type { SessionEnd } from './session-end.js';
import type { UnknownSessions } from './unknown-sessions.js';
import type { UpstreamEvents } from './upstream-events.js';
import { drain, mediaType, streamOf } from './upstream-exchange.js';
import { headersFor } from './upstream-identity.js';

export interface SessionPathParts {
  readonly policy: PolicyClient;
  readonly recorder: CallRecorder;
  readonly refusing: Refusing;
  readonly upstream: UpstreamPool;
  readonly sessions: ProtocolSessions;
  readonly unknownSessions: UnknownSessions;
  readonly sessionEnd: SessionEnd;
  readonly streams: OpenStreams;
  readonly calls: CallsInFlight;
  readonly events: UpstreamEvents;
  readonly requestPath: RequestPath;
  readonly control: ControlWatch;
  readonly tokens: IdentityTokens;
  readonly deadlines: Deadlines;
  readonly limits: McpLimits;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/**
 * What policy and the record know GET and DELETE by. They carry no message, but whoever opens a stream must be somebody
 * who may be here; named like notifications they are allowed unless a rule denies them.
 */
export const STREAM_METHOD = 'notifications/portcullis/stream_opened';
export const END_METHOD = 'notifications/portcullis/session_ended';

const UPSTREAM_MS = 30_000;

/** GET and DELETE: a session's stream of messages from the upstream, and its end. */
export class SessionPath {
  constructor(private readonly parts: SessionPathParts) {}

  /** Answers 200, 401, 404 or 405, and 503 while policy or audit cannot be had. */
  async get(exchange: Exchange, slug: string): Promise<void> {
    if (!wantsEvents(exchange)) {
      return this.refuse(
        exchange,
        undefined,
        new Refusal('request.method_not_allowed', { message: 'GET opens an event stream.' }),
      );
    }
    const admitted = await this.admit(exchange, slug, STREAM_METHOD);
    if (admitted === undefined) return;
    const { head, session, record, startedAt } = admitted;
    const { limits, streams, deadlines } = this.parts;
    const full = session.openStreams >= limits.streamsPerSession;
    if (full || this.isOrderedClosed(session, startedAt)) {
      await this.complete(record, startedAt, full ? 'request.too_large' : 'session.suspended').catch(
        () => undefined,
      );
      const message = full
        ? 'Too many streams of this session are open.'
        : 'There is no stream for this session now.';
      return this.refuse(exchange, head, new Refusal('request.method_not_allowed', { message }));
    }
    const stream = new ClientStream(exchange, deadlines);
    const open = new OpenStream(session, stream);
    streams.add(open);
    // A dropped connection cancels no call, but nobody reads the session's stream for a client that has gone.
    exchange.response.on('close', () => open.abort.abort());
    if (exchange.response.destroyed) open.abort.abort();
    let error: string | null = 'client.gone';
    try {
      const response = await this.openUpstream(open, head);
      if (response.status === 200 && mediaType(response) === 'events') {
        error = null;
        await this.complete(record, startedAt, null);
        stream.begin();
        await this.relay(open, head, record, response);
        return;
      }
      drain(response.body, deadlines);
      error = `http:${response.status}`;
      this.answerUpstreamStatus(exchange, head, session, response.status);
    } catch (cause) {
      // Closed by the client or by an order: ordinary ends of a stream.
      if (!open.abort.signal.aborted) {
        error &&= 'upstream.unreachable';
        this.parts.logger.warn(
          { err: cause, connection: session.connection.id },
          'a stream of an upstream failed',
        );
      }
      if (!stream.begun) {
        const message = 'The upstream offers no stream now.';
        this.refuse(exchange, head, new Refusal('request.method_not_allowed', { message }));
      }
    } finally {
      stream.end();
      streams.delete(open);
      if (error !== null) await this.complete(record, startedAt, error).catch(() => undefined);
    }
  }

  async delete(exchange: Exchange, slug: string): Promise<void> {
    const admitted = await this.admit(exchange, slug, END_METHOD);
    if (admitted === undefined) return;
    const { head, session, record, startedAt } = admitted;
    const { upstream, deadlines, tokens } = this.parts;
    const { connection } = session;
    const headers = headersFor(
      connection,
      session.upstreamSession,
      head,
      { caller: session.seed.caller, traceId: head.traceId, metadata: head.metadata },
      tokens,
    );
    delete headers['content-type'];
    this.parts.sessionEnd.end(session, 'session.not_found');
    let error: string | null = null;
    try {
      const response = await upstream.request({
        connection,
        method: 'DELETE',
        headers,
        body: null,
        headersTimeoutMs: UPSTREAM_MS,
        bodyTimeoutMs: UPSTREAM_MS,
      });
      drain(response.body, deadlines);
      if (response.status >= 300) error = `http:${response.status}`;
    } catch (cause) {
      error = 'upstream.unreachable';
      this.parts.logger.warn(
        { err: cause, connection: connection.id },
        'an upstream session could not be ended',
      );
    }
    await this.complete(record, startedAt, error).catch(() => undefined);
    // Over for the client, whatever the upstream made of it.
    exchange.empty(200);
  }

  /** Who asks, with a session that is theirs, and policy's leave. Undefined when the answer has been given. */
  private async admit(exchange: Exchange, slug: string, method: string) {
    const startedAt = performance.now();
    const { recorder, sessions, policy } = this.parts;
    exchange.request.resume();
    const head = readHead(exchange.request, slug, exchange.sourceIp, exchange.traceId);
    const unknown = (refusal: Refusal) => {
      recorder.unidentified(exchange.sourceIp, slug, refusal.reason);
      this.refuse(exchange, head instanceof Refusal ? undefined : head, refusal);
      return undefined;
    };
    if (head instanceof Refusal) return unknown(head);
    const unsupported = head.revision === undefined ? undefined : unsupportedRevision(head.revision);
    if (unsupported !== undefined) return unknown(unsupported);
    if (head.sessionId === undefined)
      return unknown(
        new Refusal('request.method_not_allowed', { message: 'There is no stream without a session.' }),
      );
    const session = sessions.find(head.sessionId, head.digest, slug);
    const asked: Asked = {
      requestId: newEventId(),
      method,
      target: { kind: 'method', name: '' },
      direction: 'client',
      head,
      protocolSession: session?.id ?? null,
      client: session?.seed.client ?? null,
      argumentsBytes: undefined,
      argumentsText: undefined,
      bytesIn: 0,
    };
    if (session === undefined) {
      const { refusal, record } = await this.parts.unknownSessions.refusalOf(asked);
      return this.refuseOnRecord(exchange, head, record, refusal, startedAt);
    }
    let decision: DecideAnswer | undefined;
    try {
      decision = await policy.decide(decideQuestion(asked));
    } catch {
      decision = undefined;
    }
    const policyMs = performance.now() - startedAt;
    const refusal =
      decision === undefined
        ? new Refusal('policy.unavailable')
        : refusalOfDecision(decision, asked.requestId);
    const { caller, agentSession } = session.seed;
    const { id, slug: connectionSlug } = session.connection;
    const known = { caller, agentSession, connectionRef: { id, slug: connectionSlug } };
    const record: RecordedCall = {
      tenantId: caller.tenantId,
      facts:
        decision === undefined || decision.caller === null
          ? factsOfRefusal(asked, known, policyMs, refusal?.reason ?? 'policy.unavailable')
          : factsOfDecision(asked, decision, policyMs, refusal?.reason ?? null),
    };
    if (refusal !== undefined) {
      return this.refuseOnRecord(exchange, head, record, refusal, startedAt);
    }
    try {
      await recorder.decided(record);
    } catch (error) {
      this.parts.logger.error({ err: error }, 'a decision could not be recorded');
      this.refuse(exchange, head, new Refusal('audit.unavailable'));
      return undefined;
    }
    if (session.ended) {
      await this.complete(record, startedAt, 'session.not_found').catch(() => undefined);
      this.refuse(exchange, head, new Refusal('session.not_found'));
      return undefined;
    }
    return { head, session, record, startedAt };
  }

  private async refuseOnRecord(
    exchange: Exchange,
    head: RequestHead,
    record: RecordedCall | undefined,
    refusal: Refusal,
    startedAt: number,
  ): Promise<undefined> {
    await this.parts.refusing.record(head, record, refusal, startedAt);
    this.refuse(exchange, head, refusal);
  }

  private openUpstream(open: OpenStream, head: RequestHead): Promise<UpstreamResponse> {
    const { session } = open;
    const told = { caller: session.seed.caller, traceId: head.traceId, metadata: head.metadata };
    const headers = headersFor(session.connection, session.upstreamSession, head, told, this.parts.tokens);
    headers['accept'] = 'text/event-stream';
    delete headers['content-type'];
    if (head.lastEventId !== undefined) headers['last-event-id'] = head.lastEventId;
    return this.parts.upstream.request({
      connection: session.connection,
      method: 'GET',
      headers,
      body: null,
      signal: open.abort.signal,
      headersTimeoutMs: UPSTREAM_MS,
      bodyTimeoutMs: 0,
    });
  }

  private async relay(
    open: OpenStream,
    head: RequestHead,
    record: RecordedCall,
    response: UpstreamResponse,
  ): Promise<void> {
    const { session, stream } = open;
    const to = {
      session,
      head,
      stream,
      streams: true,
      record,
      respond: (body: Buffer) => this.respond(session, head, body),
      onMessage: () => {},
    };
    const parser = new SseParser(this.parts.limits.answerBytes);
    for await (const chunk of streamOf(response.body)) {
      for (const event of parser.push(chunk as Buffer)) {
        session.lastUsed = performance.now();
        const answer = await this.parts.events.pass(event, to);
        if (open.abort.signal.aborted) return;
        if (answer === undefined) continue;
        // Answers come here only when a client resumes the stream of a call; any other has nobody waiting for it.
        const call = answer.id === null ? undefined : this.parts.calls.find(session, answer.id);
        if (call !== undefined)
          await stream.send(await this.parts.requestPath.answerResumed(call, event, answer));
      }
    }
  }

  /** Policy's leave may be older than an order to close, or than its silence. */
  private isOrderedClosed(session: ProtocolSession, since: number): boolean {
    return !this.parts.control.healthy || this.parts.control.orderedSince(since, session.owner) !== undefined;
  }

  private respond(session: ProtocolSession, head: RequestHead, body: Buffer): void {
    const told = { caller: session.seed.caller, traceId: head.traceId, metadata: head.metadata };
    const headers = headersFor(
      session.connection,
      session.upstreamSession,
      undefined,
      told,
      this.parts.tokens,
    );
    this.parts.upstream
      .request({
        connection: session.connection,
        method: 'POST',
        headers,
        body,
        headersTimeoutMs: UPSTREAM_MS,
        bodyTimeoutMs: UPSTREAM_MS,
      })
      .then((response) => drain(response.body, this.parts.deadlines))
      .catch((error: unknown) =>
        this.parts.logger.warn(
          { err: error, connection: session.connection.id },
          'an upstream could not be answered',
        ),
      );
  }

  private answerUpstreamStatus(
    exchange: Exchange,
    head: RequestHead,
    session: ProtocolSession,
    status: number,
  ): void {
    if (status === 404 && session.upstreamSession.sessionId !== null) {
      this.parts.sessionEnd.end(session, 'session.not_found');
      return this.refuse(exchange, head, new Refusal('session.not_found'));
    }
    this.refuse(
      exchange,
      head,
      new Refusal('request.method_not_allowed', { message: 'The upstream offers no stream.' }),
    );
  }

  private async complete(record: RecordedCall, startedAt: number, error: string | null): Promise<void> {
    const latencyMs = round(performance.now() - startedAt);
    await this.parts.recorder.completed(record, {
      outcome: error === null || error === 'http:405' ? 'ok' : 'error',
      latencyMs,
      upstreamMs: round(Math.max(0, latencyMs - record.facts.policyMs)),
      bytesOut: 0,
      error,
      result: '',
      resultDigest: null,
    });
  }

  /** Clients understand few statuses here: whatever is not theirs to mend is "no stream" to them. */
  private refuse(exchange: Exchange, head: RequestHead | undefined, refusal: Refusal): void {
    const known = REFUSALS[refusal.reason].status;
    const isGet = exchange.request.method === 'GET';
    const unavailable = refusal.reason === 'policy.unavailable' || refusal.reason === 'audit.unavailable';
    const forGet =
      known === 401 || known === 404 || refusal.reason === 'origin.forbidden' || unavailable ? known : 405;
    const status = isGet && head !== undefined ? forGet : known;
    const headers = refusalHeaders(refusal, status);
    if (status === 405 && known !== 405) headers.push('allow', 'POST, DELETE');
    exchange.json(status, errorBody(refusal, null), headers);
  }
}

/** Without an Accept header everything is wanted. */
function wantsEvents(exchange: Exchange): boolean {
  const { accept } = exchange.request.headers;
  return accept === undefined || /text\/(event-stream|\*)|\*\/\*/i.test(accept);
}
