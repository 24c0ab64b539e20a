import type { Logger } from 'pino';
import {
  MessageRefused,
  PART,
  REVISION_META_KEY,
  SseParser,
  SseTooLong,
  argumentsPart,
  methodTraits,
  partOf,
  replaceRange,
  sseEvent,
  targetOf,
  type MessageReader,
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
  UpstreamResponse,
} from '../ports.js';
import { newEventId } from '../recording/event-ids.js';
import { CallCut, cutOf, upstreamInvalid } from './call-cut.js';
import {
  LONGEST_NAME,
  NO_RESULT,
  factsOfDecision,
  recordedResult,
  round,
  textForPolicy,
  type Asked,
} from './call-facts.js';
import type { CallsInFlight } from './calls-in-flight.js';
import { ClientCall } from './client-call.js';
import { ClientStream } from './client-stream.js';
import type { ControlWatch } from './control-watch.js';
import type { Deadlines } from './deadlines.js';
import type { Exchange } from './exchange.js';
import { clientOf, openSession } from './handshake.js';
import type { KnownCallers } from './known-callers.js';
import type { ListFilter } from './list-filter.js';
import type { McpLimits } from './mcp-limits.js';
import { callerQuestion, decideQuestion } from './policy-questions.js';
import type { ProtocolSession, ProtocolSessions } from './protocol-sessions.js';
import { Refusal, errorBody, overloaded, refusalOfDecision } from './refusal.js';
import { refusedRequest, type Refusing } from './refusing.js';
import { readBody } from './request-body.js';
import { readHead, unsupportedRevision, type RequestHead } from './request-head.js';
import type { ServerRequests } from './server-requests.js';
import type { SessionEnd } from './session-end.js';
import type { UnknownSessions } from './unknown-sessions.js';
import type { UpstreamCalls } from './upstream-calls.js';
import type { UpstreamEvents } from './upstream-events.js';
import { drain, mediaType, readAnswer, streamOf } from './upstream-exchange.js';
import type { UpstreamSessions } from './upstream-sessions.js';

export interface RequestPathParts {
  readonly policy: PolicyClient;
  readonly recorder: CallRecorder;
  readonly reader: MessageReader;
  readonly refusing: Refusing;
  readonly sessions: ProtocolSessions;
  readonly unknownSessions: UnknownSessions;
  readonly sessionEnd: SessionEnd;
  readonly upstreamCalls: UpstreamCalls;
  readonly upstreamSessions: UpstreamSessions;
  readonly calls: CallsInFlight;
  readonly serverRequests: ServerRequests;
  readonly events: UpstreamEvents;
  readonly lists: ListFilter;
  readonly control: ControlWatch;
  readonly known: KnownCallers;
  readonly deadlines: Deadlines;
  readonly limits: McpLimits;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/**
 * The life of one message from a client, top to bottom: read it, decide, record, forward, answer, record
 * (architecture section 4). Everything that can refuse does so before the line that forwards, and every message that
 * was decided ends in exactly one terminal record.
 */
export class RequestPath {
  constructor(private readonly parts: RequestPathParts) {}

  async post(exchange: Exchange, slug: string): Promise<void> {
    const {
      reader,
      refusing,
      sessions,
      unknownSessions,
      sessionEnd,
      policy,
      recorder,
      known,
      calls,
      control,
      limits,
      logger,
    } = this.parts;

    // 1. Head and body, once, bounded.
    const head = readHead(exchange.request, slug, exchange.sourceIp, exchange.traceId);
    if (head instanceof Refusal) return refusing.unread(exchange, slug, head);
    const media = unacceptable(exchange.request.headers['content-type'], head);
    if (media !== undefined) return refusing.unread(exchange, slug, media);
    const body = await readBody(exchange.request, limits.bodyBytes);
    if (body === 'gone') return;
    const receivedAt = performance.now();
    if (body === 'too_large') {
      return refusing.unidentified(exchange, head, undefined, new Refusal('request.too_large'));
    }
    let message: RpcMessage;
    try {
      message = reader.read(body);
    } catch (error) {
      if (!(error instanceof MessageRefused)) throw error;
      const refusal = new Refusal(error.reason, { message: error.message });
      return refusing.unidentified(exchange, head, { idText: error.idText }, refusal);
    }

    // 2. Revision, session, and what the message is about.
    const unsupported = unsupportedBy(head, message);
    if (unsupported !== undefined) return refusing.unidentified(exchange, head, message, unsupported);
    const initializes = message.kind === 'call' && message.method === 'initialize';
    let session: ProtocolSession | undefined;
    if (head.sessionId !== undefined && !initializes) {
      session = sessions.find(head.sessionId, head.digest, slug);
      if (session === undefined)
        return unknownSessions.post(exchange, head, message, body.length, receivedAt);
    }
    if (message.kind === 'answer') return this.takeAnswer(exchange, head, message, session);
    const traits = methodTraits(message.method);
    const target = targetOf(traits, message.params);
    if (target === undefined || target.name.length > LONGEST_NAME) {
      const sentence = `${message.method} does not say what it is about.`;
      return refusing.unidentified(
        exchange,
        head,
        message,
        new Refusal('request.invalid', { message: sentence }),
      );
    }
    const overload = this.overload(session, message);
    if (overload !== undefined) return refusing.unidentified(exchange, head, message, overload);

    // 3. Decide: one question, whatever the answer depends on.
    const part = argumentsPart(traits);
    const argumentsBytes = part === undefined ? undefined : partOf(message, PART[part]);
    const asked: Asked = {
      requestId: newEventId(),
      method: message.method,
      target,
      direction: 'client',
      head,
      protocolSession: session?.id ?? (initializes ? sessions.newId() : null),
      client: session?.seed.client ?? (initializes ? clientOf(message) : null),
      argumentsBytes,
      argumentsText: textForPolicy(argumentsBytes),
      bytesIn: body.length,
    };
    const beforePolicy = refusedRequest(head, message, session?.seed.errorProfile);
    const askedAt = performance.now();
    let decision: DecideAnswer;
    try {
      decision = await policy.decide(decideQuestion(asked));
    } catch {
      const policyMs = performance.now() - askedAt;
      return refusing.undecided(exchange, asked, beforePolicy, policyMs, receivedAt);
    }
    const policyMs = performance.now() - askedAt;
    known.remember(head.digest, slug, decision);

    // 4. Record. What is refused ends here; what is allowed is on record before it leaves.
    const { caller, connection } = decision;
    const refused = { ...beforePolicy, profile: head.errors ?? decision.errorProfile };
    let refusal = refusalOfDecision(decision, asked.requestId);
    if (refusal === undefined && session !== undefined && !leadsOn(session, decision)) {
      sessionEnd.end(session, 'session.not_found');
      refusal = new Refusal('session.not_found');
    }
    if (refusal === undefined && (caller === null || connection === null)) {
      refusal = new Refusal('policy.unavailable');
    }
    const facts = factsOfDecision(asked, decision, policyMs, refusal?.reason ?? null);
    const record: RecordedCall | undefined =
      caller === null ? undefined : { tenantId: caller.tenantId, facts };
    if (refusal !== undefined || record === undefined || connection === null) {
      return refusing.decided(exchange, head, record, refused, refusal!, receivedAt);
    }
    try {
      const written = recorder.decided(record);
      if (written !== undefined) await written;
    } catch (error) {
      logger.error({ err: error }, 'a decision could not be recorded');
      return refusing.answer(exchange, refused, new Refusal('audit.unavailable'));
    }
    if (session !== undefined) session.connection = connection;

    // 5. Forward, answer, record.
    const call = new ClientCall(
      exchange,
      head,
      message,
      traits,
      session,
      decision,
      connection,
      record,
      refused,
      receivedAt,
    );
    calls.add(call);
    // An order of policy's may have overtaken its answer.
    const order = control.orderedSince(askedAt, call.owner);
    if (order !== undefined) calls.cut(order.stop.reach, order.stop.mode, order.cut);
    try {
      if (call.cut !== undefined) throw call.cut;
      await this.forward(call);
    } catch (error) {
      await this.fail(call, call.cut ?? cutOf(error));
    } finally {
      calls.delete(call);
    }
  }

  /** Sends the message upstream and answers with what comes back. Rejects when nothing does. */
  private async forward(call: ClientCall): Promise<void> {
    const { session, message } = call;
    const { upstreamCalls, sessionEnd, deadlines } = this.parts;
    if (session === undefined) {
      // There is no upstream session it could be about.
      if (call.isNotification) return this.accept(call, 'request.dropped');
      if (message.method !== 'initialize') call.lease = await upstreamCalls.checkout(call, false);
    } else if (call.isNotification && message.method === 'notifications/cancelled') {
      if (!this.cancels(session, message)) return this.accept(call, null);
    }
    let response = await upstreamCalls.send(call);
    if (response.status === 404 && typeof upstreamCalls.sessionOf(call)?.sessionId === 'string') {
      drain(response.body, deadlines);
      if (session !== undefined) {
        sessionEnd.end(session, 'session.not_found');
        throw new CallCut(new Refusal('session.not_found'));
      }
      // The upstream no longer knows the session, so it did nothing: asking once more in a new one repeats no effect.
      call.lease = await upstreamCalls.checkout(call, true);
      response = await upstreamCalls.send(call);
    }
    if (call.isNotification) {
      drain(response.body, deadlines);
      return this.accept(call, response.status < 300 ? null : `http:${response.status}`);
    }
    const type = mediaType(response);
    if (type === 'json') await this.answerJson(call, response);
    else if (type === 'events' && response.status === 200) await this.answerEvents(call, response);
    else {
      drain(response.body, deadlines);
      const error = response.status === 200 ? undefined : `http:${response.status}`;
      throw upstreamInvalid('The upstream did not answer with JSON or an event stream.', error);
    }
    upstreamCalls.giveBack(call);
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

  /** What comes before the answer goes to the client at once; a stream of nothing but the answer becomes JSON. */
  private async answerEvents(call: ClientCall, response: UpstreamResponse): Promise<void> {
    const { events, upstreamCalls, deadlines, limits } = this.parts;
    const stream = new ClientStream(call.exchange, deadlines);
    call.stream = stream;
    call.beginSoon();
    const to = {
      session: call.session,
      head: call.head,
      stream,
      streams: call.streams,
      record: call.record,
      respond: (answer: Buffer) => upstreamCalls.respond(call, answer),
      onMessage: () => call.becomeInteractive(),
    };
    const body = streamOf(response.body);
    const parser = new SseParser(limits.answerBytes);
    try {
      for await (const chunk of body.iterator({ destroyOnReturn: false })) {
        for (const event of parser.push(chunk as Buffer)) {
          if (event.id !== undefined) call.resumable = true;
          const answer = await events.pass(event, to);
          if (call.cut !== undefined) throw call.cut;
          // An answer to something else does not belong on this stream.
          if (answer === undefined || answer.id !== call.upstreamId) continue;
          const { body: settled, headers } = await this.settle(call, event.data!, answer, response);
          drain(body, deadlines);
          return this.deliver(call, settled, headers, event);
        }
      }
    } catch (error) {
      body.destroy();
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
    const { message, traits, record, session } = call;
    const { lists, events, sessions, upstreamSessions } = this.parts;
    const answeredAt = performance.now();
    let body = bytes;
    if (call.lease !== undefined) body = replaceRange(bytes, answer.idStart, answer.idEnd, message.idText!);
    let result = partOf(answer, PART.result);
    if (traits.list !== undefined && answer.error === undefined) {
      const { requestId, client } = record.facts;
      const question = callerQuestion(requestId, call.head, session?.id ?? null, client);
      const visible = await lists.visible(body, traits.list, question);
      if (visible !== body) {
        body = visible;
        result = partOf(events.read(body) as RpcAnswer, PART.result);
      }
    }
    let headers: string[] | undefined;
    if (message.method === 'initialize' && answer.error === undefined) {
      headers = ['mcp-session-id', openSession(sessions, upstreamSessions, call, answer, response).id];
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
    if (stream?.begun === true) {
      stream.end(event !== undefined && body === event.data ? event.raw : sseEvent(body, event?.id));
    } else if (head.accepts.json) exchange.json(200, body, headers);
    else {
      exchange.beginEvents(headers);
      exchange.response.end(sseEvent(body, event?.id));
    }
  }

  /** An allowed call that got no answer: on record as that, and told to the client in a form it can read. */
  private async fail(call: ClientCall, cut: CallCut): Promise<void> {
    const { upstreamCalls, refusing, logger } = this.parts;
    const { exchange, stream, refused, head } = call;
    if (call.lease !== undefined || (call.cut !== undefined && !cut.silent)) upstreamCalls.giveUp(call);
    const { outcome, error } = cut;
    try {
      await this.complete(call, { outcome, error, bytesOut: stream?.bytes ?? 0, ...NO_RESULT });
    } catch {
      // Told to the client as the failure it already is.
    }
    if (cut.cause !== undefined) {
      logger.warn({ err: cut.cause, connection: call.connection.id }, 'a call failed');
    }
    if (stream?.begun === true) {
      stream.end(cut.silent ? undefined : sseEvent(Buffer.from(errorBody(cut.refusal, refused.idText))));
    } else if (cut.silent && head.accepts.events) {
      exchange.beginEvents();
      exchange.response.end();
    } else refusing.answer(exchange, refused, cut.refusal);
  }

  private async accept(call: ClientCall, error: string | null): Promise<void> {
    await this.complete(call, { outcome: error === null ? 'ok' : 'error', error, bytesOut: 0, ...NO_RESULT });
    call.exchange.empty(202);
  }

  private async complete(
    call: ClientCall,
    end: Omit<CallCompletion, 'latencyMs' | 'upstreamMs'> & { answeredAt?: number },
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

  /** A client's answer to what its upstream asked. It was decided with the question. */
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
      return this.parts.refusing.unidentified(exchange, head, message, refusal);
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

  private overload(session: ProtocolSession | undefined, message: RpcCall): Refusal | undefined {
    const { calls, limits } = this.parts;
    if (session !== undefined && message.id !== undefined && calls.find(session, message.id) !== undefined) {
      return new Refusal('request.invalid', { message: 'A request with this id is under way.' });
    }
    const full = session !== undefined && calls.ofSession(session) >= limits.callsPerSession;
    return full || calls.size >= limits.calls ? overloaded('Too many requests are under way.') : undefined;
  }
}

function unacceptable(contentType: string | undefined, head: RequestHead): Refusal | undefined {
  const essence = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  if (essence !== 'application/json') return new Refusal('request.unsupported_media_type');
  return head.accepts.json || head.accepts.events ? undefined : new Refusal('request.not_acceptable');
}

/** A message of a stateless revision says so in itself; a handshake negotiates, whatever its header says. */
function unsupportedBy(head: RequestHead, message: RpcMessage): Refusal | undefined {
  if (message.kind === 'call') {
    const meta = message.params?.['_meta'] as Record<string, unknown> | null | undefined;
    const requested = meta?.[REVISION_META_KEY];
    const stateless = typeof requested === 'string' ? unsupportedRevision(requested) : undefined;
    if (stateless !== undefined) return stateless;
    if (message.method === 'initialize') return undefined;
  }
  return head.revision === undefined ? undefined : unsupportedRevision(head.revision);
}

/** Whether the session is still one at the upstream that policy names. */
function leadsOn(session: ProtocolSession, { connection }: DecideAnswer): boolean {
  if (session.ended || connection === null) return false;
  return connection.id === session.connection.id && connection.upstreamUrl === session.connection.upstreamUrl;
}
