import type { Logger } from 'pino';
import { DECIDE_ARGUMENTS_LIMIT } from '@portcullis/contracts';
import {
  MessageReader,
  MessageRefused,
  PART,
  REVISION_META_KEY,
  SseParser,
  SseTooLong,
  argumentsPart,
  isRevision,
  methodTraits,
  partOf,
  replaceRange,
  sseEvent,
  targetOf,
  type RpcAnswer,
  type RpcCall,
  type RpcMessage,
  type SseEvent,
} from '@portcullis/mcp';
import type {
  CallCompletion,
  CallRecorder,
  DecideAnswer,
  PolicyClient,
  RecordedCall,
  UpstreamPool,
  UpstreamResponse,
} from '../ports.js';
import { newEventId } from '../recording/event-ids.js';
import { CallCut, cutOf, upstreamInvalid } from './call-cut.js';
import {
  LONGEST_NAME,
  factsOfDecision,
  factsOfRefusal,
  recordedResult,
  round,
  type Asked,
} from './call-facts.js';
import type { CallsInFlight } from './calls-in-flight.js';
import { ClientCall } from './client-call.js';
import { ClientStream } from './client-stream.js';
import type { ControlWatch, Reachable } from './control-watch.js';
import type { Deadlines } from './deadlines.js';
import type { Exchange } from './exchange.js';
import type { IdentityTokens } from './identity-tokens.js';
import type { KnownCallers } from './known-callers.js';
import type { ListFilter } from './list-filter.js';
import type { McpLimits } from './mcp-limits.js';
import type { ProtocolSession, ProtocolSessions } from './protocol-sessions.js';
import { Refusal, errorBody, refusalOfDecision, type RefusedRequest } from './refusal.js';
import { readBody } from './request-body.js';
import { readHead, unsupportedRevision, type RequestHead } from './request-head.js';
import type { ServerRequests } from './server-requests.js';
import type { SessionEnd } from './session-end.js';
import type { UpstreamEvents } from './upstream-events.js';
import { drain, mediaType, quiet, readAnswer } from './upstream-exchange.js';
import { headersFor, tellsUser, withIdentityMeta } from './upstream-identity.js';
import type { UpstreamSessions } from './upstream-sessions.js';

export interface RequestPathParts {
  readonly policy: PolicyClient;
  readonly recorder: CallRecorder;
  readonly upstream: UpstreamPool;
  readonly sessions: ProtocolSessions;
  readonly sessionEnd: SessionEnd;
  readonly leases: UpstreamSessions;
  readonly calls: CallsInFlight;
  readonly serverRequests: ServerRequests;
  readonly events: UpstreamEvents;
  readonly lists: ListFilter;
  readonly control: ControlWatch;
  readonly known: KnownCallers;
  readonly tokens: IdentityTokens;
  readonly deadlines: Deadlines;
  readonly limits: McpLimits;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** Bodies of refused requests are read this far, only to answer with the request's id. */
const SMALL_BODY = 64 * 1024;
/** Asked of a caller over a limit of the gateway itself. */
const RETRY_MS = 1_000;

/**
 * The life of one message from a client, top to bottom: read it, decide, record, forward, record, answer
 * (architecture section 4). Everything that can refuse does so before the line that forwards, and every message that
 * was decided ends in exactly one terminal record.
 */
export class RequestPath {
  private readonly reader: MessageReader;

  constructor(private readonly parts: RequestPathParts) {
    this.reader = new MessageReader({ maxDepth: parts.limits.depth });
  }

  async post(exchange: Exchange, slug: string): Promise<void> {
    // 1. Head and body, once, bounded.
    const head = readHead(exchange.request, slug, exchange.sourceIp, exchange.traceId);
    if (head instanceof Refusal) return this.refuseUnread(exchange, slug, head);
    const media = unacceptable(exchange.request.headers['content-type'], head);
    if (media !== undefined) return this.refuseUnread(exchange, slug, media);
    const body = await readBody(exchange.request, this.parts.limits.bodyBytes);
    if (body === 'gone') return;
    const receivedAt = performance.now();
    if (body === 'too_large')
      return this.refuseUnidentified(exchange, head, undefined, new Refusal('request.too_large'));
    const message = this.read(body);
    if (message instanceof MessageRefused) {
      const refusal = new Refusal(message.reason, { message: message.message });
      return this.refuseUnidentified(exchange, head, { idText: message.idText, method: undefined }, refusal);
    }

    // 2. Revision and session.
    const unsupported = this.unsupported(head, message);
    if (unsupported !== undefined) return this.refuseUnidentified(exchange, head, message, unsupported);
    const initializes = message.kind === 'call' && message.method === 'initialize';
    let session: ProtocolSession | undefined;
    if (head.sessionId !== undefined && !initializes) {
      session = this.parts.sessions.find(head.sessionId, head.digest, slug);
      if (session === undefined)
        return this.refuseUnidentified(exchange, head, message, new Refusal('session.not_found'));
    }
    if (message.kind === 'answer') return this.takeAnswer(exchange, head, message, session);
    const refused = this.refusedRequest(head, message, session?.seed.errorProfile);
    const traits = methodTraits(message.method);
    const target = targetOf(traits, message.params);
    if (target === undefined || target.name.length > LONGEST_NAME) {
      const refusal = new Refusal('request.invalid', {
        message: `${message.method} does not say what it is about.`,
      });
      return this.refuseUnidentified(exchange, head, message, refusal);
    }
    const overload = this.overload(session, message);
    if (overload !== undefined) return this.refuseUnidentified(exchange, head, message, overload);

    // 3. Decide: one question, whatever the answer depends on.
    const part = argumentsPart(traits);
    const argumentsBytes = part === undefined ? undefined : partOf(message, PART[part]);
    const asked: Asked = {
      requestId: newEventId(),
      method: message.method,
      target,
      direction: 'client',
      head,
      protocolSession: session?.id ?? (initializes ? this.parts.sessions.newId() : null),
      client: session?.seed.client ?? (initializes ? clientOf(message) : null),
      argumentsBytes,
      bytesIn: body.length,
    };
    const askedAt = performance.now();
    let decision: DecideAnswer;
    try {
      decision = await this.decide(asked, head);
    } catch {
      return this.refuseUndecided(exchange, asked, head, refused, performance.now() - askedAt, receivedAt);
    }
    const policyMs = performance.now() - askedAt;
    this.parts.known.remember(head.digest, slug, decision);

    // 4. Record. What is refused ends here; what is allowed is on record before it leaves.
    const { caller, connection } = decision;
    const profile = { ...refused, profile: head.errors ?? decision.errorProfile };
    let refusal = refusalOfDecision(decision, asked.requestId);
    if (
      refusal === undefined &&
      session !== undefined &&
      (session.ended || !sameUpstream(session, decision))
    ) {
      this.parts.sessionEnd.end(session, 'session.not_found');
      refusal = new Refusal('session.not_found');
    }
    if (refusal === undefined && (caller === null || connection === null))
      refusal = new Refusal('policy.unavailable');
    const record: RecordedCall = {
      tenantId: caller?.tenantId ?? '',
      facts: factsOfDecision(asked, decision, policyMs, refusal?.reason ?? null),
    };
    if (refusal !== undefined || caller === null || connection === null) {
      return this.refuseDecided(
        exchange,
        caller === null ? undefined : record,
        profile,
        refusal!,
        head,
        receivedAt,
      );
    }
    try {
      const written = this.parts.recorder.decided(record);
      if (written !== undefined) await written;
    } catch (error) {
      this.parts.logger.error({ err: error }, 'a decision could not be recorded');
      return this.answerRefused(exchange, profile, new Refusal('audit.unavailable'));
    }
    if (session !== undefined) session.connection = connection;

    // 5. Forward, record, answer.
    const call = new ClientCall(
      exchange,
      head,
      message,
      traits,
      session,
      decision,
      connection,
      record,
      profile,
      receivedAt,
    );
    this.parts.calls.add(call);
    const order = this.parts.control.orderedSince(askedAt, reachable(decision));
    if (order !== undefined) this.parts.calls.cut(order.stop.reach, order.stop.mode, order.cut);
    try {
      if (call.cut !== undefined) throw call.cut;
      await this.forward(call);
    } catch (error) {
      await this.fail(call, call.cut ?? cutOf(error));
    } finally {
      this.parts.calls.delete(call);
    }
  }

  /** Sends the message upstream and answers with what comes back. Rejects when nothing does. */
  private async forward(call: ClientCall): Promise<void> {
    const { session, traits } = call;
    if (session === undefined) {
      // There is no upstream session it could be about.
      if (call.isNotification) return this.acceptNotification(call, 'request.dropped');
      if (call.message.method !== 'initialize') call.lease = await this.checkout(call, false);
    } else if (call.isNotification && call.message.method === 'notifications/cancelled') {
      if (!this.cancels(session, call.message)) return this.acceptNotification(call, null);
    }
    let response = await this.send(call);
    if (response.status === 404 && typeof this.upstreamSession(call)?.sessionId === 'string') {
      drain(response.body, this.parts.deadlines);
      if (session !== undefined) {
        this.parts.sessionEnd.end(session, 'session.not_found');
        throw new CallCut(new Refusal('session.not_found'));
      }
      // The upstream no longer knows the session, so it did nothing: asking once more in a new one repeats no effect.
      call.lease = await this.checkout(call, true);
      response = await this.send(call);
    }
    if (call.isNotification) {
      drain(response.body, this.parts.deadlines);
      return this.acceptNotification(call, response.status < 300 ? null : `http:${response.status}`);
    }
    const type = mediaType(response);
    if (type === 'json') await this.answerJson(call, response);
    else if (type === 'events' && response.status === 200) await this.answerEvents(call, response);
    else {
      drain(response.body, this.parts.deadlines);
      throw upstreamInvalid(
        'The upstream did not answer with JSON or an event stream.',
        response.status === 200 ? undefined : `http:${response.status}`,
      );
    }
    if (call.lease !== undefined) {
      if (traits.stateful === true) this.parts.leases.discard(call.lease);
      else this.parts.leases.release(call.lease);
    }
  }

  private async answerJson(call: ClientCall, response: UpstreamResponse): Promise<void> {
    const bytes = await readAnswer(response.body, this.parts.limits.answerBytes);
    const error = response.status === 200 ? undefined : `http:${response.status}`;
    const answer = this.parts.events.read(bytes, error);
    const ours = answer.kind === 'answer' && answer.id === call.upstreamId;
    // An error with the request's id is the upstream's answer whatever status carries it; no client reads it from a 4xx.
    if (!ours || (error !== undefined && answer.error === undefined)) {
      throw upstreamInvalid('The upstream did not answer the request.', error);
    }
    const { body, headers } = await this.settle(call, bytes, answer, response);
    this.deliver(call, body, headers);
  }

  private async answerEvents(call: ClientCall, response: UpstreamResponse): Promise<void> {
    const stream = new ClientStream(call.exchange, this.parts.deadlines);
    call.stream = stream;
    // The session's id travels in the head of this answer: until it is known, nothing may open the stream.
    const opensSession = call.message.method === 'initialize';
    if (!opensSession) call.beginSoon();
    const to = {
      session: call.session,
      head: call.head,
      stream,
      streams: call.streams,
      record: call.record,
      respond: (body: Buffer) => this.respond(call, body),
      onMessage: () => call.becomeInteractive(),
    };
    const parser = new SseParser(this.parts.limits.answerBytes);
    try {
      for await (const chunk of quiet(response.body).iterator({ destroyOnReturn: false })) {
        for (const event of parser.push(chunk as Buffer)) {
          if (event.id !== undefined) call.resumable = true;
          if (opensSession && (event.data === undefined || event.data.length === 0)) continue;
          const answer = await this.parts.events.pass(event, to);
          if (call.cut !== undefined) throw call.cut;
          // An answer to something else does not belong on this stream.
          if (answer === undefined || answer.id !== call.upstreamId) continue;
          const { body, headers } = await this.settle(call, event.data!, answer, response);
          drain(response.body, this.parts.deadlines);
          return this.deliver(call, body, headers, event);
        }
      }
    } catch (error) {
      response.body.destroy();
      throw error instanceof SseTooLong ? upstreamInvalid('An event of the upstream is too long.') : error;
    }
    if (!call.resumable || call.session === undefined) {
      throw upstreamInvalid('The upstream closed the connection before it answered.');
    }
    // The upstream lets the client come back for the answer with the id of the last event it saw.
    stream.end();
    await call.answeredElsewhere();
  }

  /** A call's answer that came by another stream of its session, as that stream's client gets it. */
  async answerResumed(call: ClientCall, event: SseEvent, answer: RpcAnswer): Promise<Buffer> {
    const { body } = await this.settle(call, event.data!, answer, undefined);
    call.onAnswered?.();
    return body === event.data ? event.raw : sseEvent(body, event.id);
  }

  /** What the client gets of an answer, with the call's terminal record written. */
  private async settle(
    call: ClientCall,
    bytes: Buffer,
    answer: RpcAnswer,
    response: UpstreamResponse | undefined,
  ): Promise<{ body: Buffer; headers?: string[] }> {
    const { message, traits } = call;
    const answeredAt = performance.now();
    let body = bytes;
    if (call.lease !== undefined) body = replaceRange(bytes, answer.idStart, answer.idEnd, message.idText!);
    let result = partOf(answer, PART.result);
    if (traits.list !== undefined && answer.error === undefined) {
      const visible = await this.parts.lists.visible(
        body,
        traits.list,
        this.question(call.record.facts.requestId, call.head, call.session),
      );
      if (visible !== body) {
        body = visible;
        result = partOf(this.parts.events.read(body) as RpcAnswer, PART.result);
      }
    }
    let headers: string[] | undefined;
    if (message.method === 'initialize' && answer.error === undefined) {
      headers = ['mcp-session-id', this.openSession(call, answer, response).id];
    }
    const failed = partOf(answer, PART['result.isError'])?.toString('latin1') === 'true';
    await this.complete(call, {
      outcome: answer.error !== undefined ? 'error' : failed ? 'tool_error' : 'ok',
      error: answer.error === undefined ? null : `jsonrpc:${answer.error.code}`,
      bytesOut: body.length + (call.stream?.bytes ?? 0),
      answeredAt,
      ...recordedResult(result),
    });
    return { body, headers };
  }

  private deliver(call: ClientCall, body: Buffer, headers: string[] | undefined, event?: SseEvent): void {
    const { exchange, stream, head } = call;
    if (stream?.begun === true)
      stream.end(event !== undefined && body === event.data ? event.raw : sseEvent(body, event?.id));
    else if (head.accepts.json) exchange.json(200, body, headers);
    else {
      exchange.beginEvents(headers);
      exchange.response.end(sseEvent(body, event?.id));
    }
  }

  /** An allowed call that got no answer: on record as that, and told to the client in a form it can read. */
  private async fail(call: ClientCall, cut: CallCut): Promise<void> {
    if (call.lease !== undefined) this.parts.leases.discard(call.lease);
    else if (call.cut !== undefined && call.sentAt !== undefined && !cut.silent) this.cancelAtUpstream(call);
    try {
      await this.complete(call, {
        outcome: cut.outcome,
        error: cut.error,
        bytesOut: call.stream?.bytes ?? 0,
        result: '',
        resultDigest: null,
      });
    } catch {
      // Told to the client as the failure it already is.
    }
    if (cut.cause !== undefined)
      this.parts.logger.warn({ err: cut.cause, connection: call.connection.id }, 'a call failed');
    const { exchange, stream, refused } = call;
    if (stream?.begun === true) {
      stream.end(cut.silent ? undefined : sseEvent(Buffer.from(errorBody(cut.refusal, refused.idText))));
    } else if (cut.silent && call.head.accepts.events) {
      exchange.beginEvents();
      exchange.response.end();
    } else this.answerRefused(exchange, refused, cut.refusal);
  }

  private async acceptNotification(call: ClientCall, error: string | null): Promise<void> {
    await this.complete(call, {
      outcome: error === null ? 'ok' : 'error',
      error,
      bytesOut: 0,
      result: '',
      resultDigest: null,
    });
    call.exchange.empty(202);
  }

  private async complete(
    call: ClientCall,
    end: Pick<CallCompletion, 'outcome' | 'error' | 'bytesOut' | 'result' | 'resultDigest'> & {
      answeredAt?: number;
    },
  ): Promise<void> {
    if (call.settled) return;
    call.settled = true;
    const now = performance.now();
    const { answeredAt = now, ...rest } = end;
    try {
      const written = this.parts.recorder.completed(call.record, {
        ...rest,
        latencyMs: round(now - call.receivedAt),
        upstreamMs: call.sentAt === undefined ? 0 : round(answeredAt - call.sentAt),
      });
      if (written !== undefined) await written;
    } catch (error) {
      this.parts.logger.error({ err: error }, 'a completion could not be recorded');
      // The decision is on record: the call will show up as `unknown`. Only `strict` holds the answer back for it.
      if (call.record.facts.audit === 'strict') throw new CallCut(new Refusal('audit.unavailable'));
    }
  }

  // Sessions

  private openSession(
    call: ClientCall,
    answer: RpcAnswer,
    response: UpstreamResponse | undefined,
  ): ProtocolSession {
    const result = answer.result as Record<string, unknown> | null | undefined;
    const revision = result?.['protocolVersion'];
    if (typeof revision !== 'string' || !isRevision(revision)) {
      throw upstreamInvalid('The upstream speaks no protocol revision this gateway knows.');
    }
    const given = response?.headers['mcp-session-id'];
    const upstreamId = typeof given === 'string' && given !== '' ? given : null;
    const session = this.parts.sessions.open({
      id: call.record.facts.protocolSession!,
      slug: call.head.slug,
      digest: call.head.digest,
      caller: call.decision.caller!,
      agentSession: call.decision.agentSession,
      connection: call.connection,
      errorProfile: call.decision.errorProfile,
      upstreamId,
      revision,
      client: call.record.facts.client,
      clientCapabilities: asObject(call.message.params?.['capabilities']),
      serverCapabilities: asObject(result?.['capabilities']),
    });
    if (session !== undefined) return session;
    this.parts.leases.endAtUpstream(call.connection, { sessionId: upstreamId, revision });
    throw new CallCut(
      new Refusal('rate.limited', {
        message: 'Too many sessions are open.',
        retryAfterMs: RETRY_MS,
        data: { retryAfterMs: RETRY_MS },
      }),
    );
  }

  private async takeAnswer(
    exchange: Exchange,
    head: RequestHead,
    message: RpcAnswer,
    session: ProtocolSession | undefined,
  ): Promise<void> {
    if (session === undefined) {
      const refusal = new Refusal('request.invalid', {
        message: 'An answer needs the session of its question.',
      });
      return this.refuseUnidentified(exchange, head, message, refusal);
    }
    await this.parts.serverRequests.answer(session, message);
    exchange.empty(202);
  }

  /** True when the notification takes back a call in flight, which then need not be answered any more. */
  private cancels(session: ProtocolSession, message: RpcCall): boolean {
    const id = message.params?.['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return false;
    const call = this.parts.calls.find(session, id);
    call?.cancelSoon();
    return call !== undefined;
  }

  private checkout(call: ClientCall, fresh: boolean) {
    const { connection, decision, abort } = call;
    const { tenantId, key, user } = decision.caller!;
    const owner = JSON.stringify([
      tenantId,
      connection.id,
      connection.etag,
      key.id,
      tellsUser(connection) ? user : null,
    ]);
    const headers = headersFor(connection, undefined, undefined, told(call), this.parts.tokens);
    call.sentAt ??= performance.now();
    return fresh
      ? this.parts.leases.open(connection, owner, headers, abort.signal)
      : this.parts.leases.checkout(connection, owner, headers, abort.signal);
  }

  // Upstream

  private upstreamSession(call: ClientCall) {
    return call.lease ?? call.session?.upstreamSession;
  }

  private send(call: ClientCall): Promise<UpstreamResponse> {
    const { connection, abort, head } = call;
    const body = this.forwardedBody(call);
    const headers = headersFor(connection, this.upstreamSession(call), head, told(call), this.parts.tokens);
    call.sentAt ??= performance.now();
    const { remainingMs } = call;
    return this.parts.upstream.request({
      connection,
      method: 'POST',
      headers,
      body,
      signal: abort.signal,
      headersTimeoutMs: remainingMs,
      bodyTimeoutMs: remainingMs,
    });
  }

  /** The bytes as received, but for the id in a session of the gateway's own and the `_meta` of an identity setting. */
  private forwardedBody(call: ClientCall): Buffer {
    const { message, lease, connection } = call;
    const meta = connection.identity.mode === 'meta';
    let body = message.bytes;
    const setId = () => {
      if (lease === undefined || message.id === undefined) return;
      call.upstreamId = lease.nextId++;
      body = replaceRange(body, message.idStart, message.idEnd, String(call.upstreamId));
    };
    if (!meta) {
      setId();
      return body;
    }
    // Back to front, so that the places of the first edit still hold for the second.
    const metaFirst = message.places[2 * PART.params]! > message.idStart;
    if (!metaFirst) setId();
    body = withIdentityMeta(message, body, told(call));
    if (metaFirst) setId();
    return body;
  }

  /** An answer the gateway gives an upstream in its client's place. Nobody waits for it. */
  private respond(call: ClientCall, body: Buffer): void {
    const { connection } = call;
    const headers = headersFor(
      connection,
      this.upstreamSession(call),
      undefined,
      told(call),
      this.parts.tokens,
    );
    this.parts.upstream
      .request({
        connection,
        method: 'POST',
        headers,
        body,
        headersTimeoutMs: RESPOND_MS,
        bodyTimeoutMs: RESPOND_MS,
      })
      .then((response) => drain(response.body, this.parts.deadlines))
      .catch((error: unknown) =>
        this.parts.logger.warn(
          { err: error, connection: connection.id },
          'an upstream could not be answered',
        ),
      );
  }

  /** The gateway gave up on a call: over HTTP with sessions, only a notification tells the upstream. */
  private cancelAtUpstream(call: ClientCall): void {
    if (call.message.idText === undefined || call.session === undefined) return;
    this.respond(
      call,
      Buffer.from(
        `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${call.message.idText}}}`,
      ),
    );
  }

  // Policy

  private decide(asked: Asked, head: RequestHead): Promise<DecideAnswer> {
    const { argumentsBytes } = asked;
    const omitted = argumentsBytes !== undefined && argumentsBytes.length > DECIDE_ARGUMENTS_LIMIT;
    return this.parts.policy.decide({
      ...this.identity(asked.requestId, head, asked.protocolSession, asked.client),
      method: asked.method,
      target: asked.target,
      direction: 'client',
      argumentsJson: argumentsBytes === undefined || omitted ? undefined : argumentsBytes.toString('utf8'),
      argumentsOmitted: omitted ? true : undefined,
    });
  }

  private question(requestId: string, head: RequestHead, session: ProtocolSession | undefined) {
    return this.identity(requestId, head, session?.id ?? null, session?.seed.client ?? null);
  }

  private identity(
    requestId: string,
    head: RequestHead,
    protocolSession: string | null,
    client: Asked['client'],
  ) {
    return {
      requestId,
      credential: { type: 'api_key' as const, digest: head.digest },
      slug: head.slug,
      user: head.user,
      traceId: head.traceId,
      metadata: head.metadata,
      protocolSession: protocolSession ?? undefined,
      client: client ?? undefined,
      sourceIp: head.sourceIp,
    };
  }

  // Refusals

  private read(body: Buffer): RpcMessage | MessageRefused {
    try {
      return this.reader.read(body);
    } catch (error) {
      if (error instanceof MessageRefused) return error;
      throw error;
    }
  }

  private unsupported(head: RequestHead, message: RpcMessage): Refusal | undefined {
    if (message.kind === 'call') {
      const requested = (message.params?.['_meta'] as Record<string, unknown> | undefined)?.[
        REVISION_META_KEY
      ];
      const stateless = typeof requested === 'string' ? unsupportedRevision(requested) : undefined;
      if (stateless !== undefined) return stateless;
      if (message.method === 'initialize') return undefined;
    }
    return head.revision === undefined ? undefined : unsupportedRevision(head.revision);
  }

  private overload(session: ProtocolSession | undefined, message: RpcCall): Refusal | undefined {
    const { calls, limits } = this.parts;
    if (session !== undefined && message.id !== undefined && calls.find(session, message.id) !== undefined) {
      return new Refusal('request.invalid', { message: 'A request with this id is under way.' });
    }
    if (
      calls.size < limits.calls &&
      (session === undefined || calls.ofSession(session) < limits.callsPerSession)
    )
      return undefined;
    return new Refusal('rate.limited', {
      message: 'Too many requests are under way.',
      retryAfterMs: RETRY_MS,
      data: { retryAfterMs: RETRY_MS },
    });
  }

  private refusedRequest(
    head: RequestHead,
    message: { idText?: string | null; method?: string } | undefined,
    profile: RefusedRequest['profile'] = 'auto',
  ): RefusedRequest {
    return {
      idText: message?.idText ?? null,
      method: message?.method,
      profile: head.errors ?? profile,
      mcpClient: head.revision !== undefined || head.sessionId !== undefined,
      hasSession: head.sessionId !== undefined,
    };
  }

  /** Refused by its head: the body is looked at only for the id to answer with, and not when it is large. */
  async refuseUnread(exchange: Exchange, slug: string | null, refusal: Refusal): Promise<void> {
    this.parts.recorder.unidentified(exchange.sourceIp, slug, refusal.reason);
    const body = await readBody(exchange.request, SMALL_BODY);
    if (body === 'gone') return;
    const message = body === 'too_large' ? undefined : this.read(body);
    exchange.refuse(refusal, {
      idText: message?.idText ?? null,
      method: undefined,
      profile: 'http',
      mcpClient: false,
      hasSession: false,
    });
  }

  /** Refused before policy could say who asks: counted, not recorded one by one. */
  private refuseUnidentified(
    exchange: Exchange,
    head: RequestHead,
    message: { idText?: string | null; method?: string; kind?: string; id?: unknown } | undefined,
    refusal: Refusal,
  ): void {
    this.parts.recorder.unidentified(head.sourceIp, head.slug, refusal.reason);
    const refused = this.refusedRequest(head, message);
    this.answerRefused(exchange, refused, refusal, message?.kind === 'call' && message.id === undefined);
  }

  private async refuseUndecided(
    exchange: Exchange,
    asked: Asked,
    head: RequestHead,
    refused: RefusedRequest,
    policyMs: number,
    receivedAt: number,
  ): Promise<void> {
    const refusal = new Refusal('policy.unavailable');
    const known = this.parts.known.find(head.digest, head.slug);
    const record =
      known === undefined
        ? undefined
        : { tenantId: known.caller.tenantId, facts: factsOfRefusal(asked, known, policyMs, refusal.reason) };
    const profile = { ...refused, profile: head.errors ?? known?.errorProfile ?? refused.profile };
    await this.refuseDecided(exchange, record, profile, refusal, head, receivedAt);
  }

  private async refuseDecided(
    exchange: Exchange,
    record: RecordedCall | undefined,
    refused: RefusedRequest,
    refusal: Refusal,
    head: RequestHead,
    receivedAt: number,
  ): Promise<void> {
    if (record === undefined) this.parts.recorder.unidentified(head.sourceIp, head.slug, refusal.reason);
    else {
      try {
        const written = this.parts.recorder.refused(record, round(performance.now() - receivedAt));
        if (written !== undefined) await written;
      } catch (error) {
        // Refused either way.
        this.parts.logger.error({ err: error }, 'a refusal could not be recorded');
      }
    }
    this.answerRefused(exchange, refused, refusal);
  }

  /** Notifications are never refused: what may not pass is dropped. The HTTP exchange they come in can still be wrong. */
  private answerRefused(
    exchange: Exchange,
    refused: RefusedRequest,
    refusal: Refusal,
    notification = refused.idText === null,
  ): void {
    if (notification && !HTTP_REFUSALS.has(refusal.reason))
      exchange.empty(202, ['x-portcullis-refusal', refusal.reason]);
    else exchange.refuse(refusal, refused);
  }
}

/** Refusals that are about the HTTP request whatever message it carries. */
const HTTP_REFUSALS: ReadonlySet<string> = new Set([
  'auth.required',
  'auth.invalid',
  'auth.revoked',
  'auth.insufficient_scope',
  'origin.forbidden',
  'session.not_found',
  'request.malformed',
  'request.invalid',
  'request.too_large',
  'request.not_acceptable',
  'request.unsupported_media_type',
]);
const RESPOND_MS = 30_000;

function unacceptable(contentType: string | undefined, head: RequestHead): Refusal | undefined {
  const essence = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  if (essence !== 'application/json') return new Refusal('request.unsupported_media_type');
  return head.accepts.json || head.accepts.events ? undefined : new Refusal('request.not_acceptable');
}

function sameUpstream(session: ProtocolSession, { connection }: DecideAnswer): boolean {
  return (
    connection !== null &&
    connection.id === session.connection.id &&
    connection.upstreamUrl === session.connection.upstreamUrl
  );
}

function reachable({ caller, agentSession, connectionRef }: DecideAnswer): Reachable {
  return {
    tenantId: caller?.tenantId ?? '',
    agentSession,
    connectionId: connectionRef?.id ?? null,
    keyId: caller?.key.id ?? null,
  };
}

function told(call: ClientCall) {
  return { caller: call.decision.caller!, traceId: call.head.traceId, metadata: call.head.metadata };
}

function clientOf(message: RpcCall): Asked['client'] {
  const { name, version } = asObject(message.params?.['clientInfo']);
  return typeof name === 'string'
    ? { name: name.slice(0, 256), version: typeof version === 'string' ? version.slice(0, 256) : '' }
    : null;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
