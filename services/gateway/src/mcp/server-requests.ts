import type { Logger } from 'pino';
import type { CallFacts, ControlReach } from '@portcullis/contracts';
import {
  MessageReader,
  MessageRefused,
  PART,
  argumentsPart,
  methodTraits,
  partOf,
  replaceRange,
  type RpcAnswer,
  type RpcCall,
  type RpcId,
} from '@portcullis/mcp';
import type { CallRecorder, PolicyClient, RecordedCall, UpstreamPool } from '../ports.js';
import { newEventId } from '../recording/event-ids.js';
import {
  factsOfDecision,
  factsOfRefusal,
  recordedResult,
  round,
  textForPolicy,
  type Asked,
} from './call-facts.js';
import { idKey } from './calls-in-flight.js';
import type { Deadlines, Timed } from './deadlines.js';
import { decideQuestion } from './policy-questions.js';
import type { ProtocolSession } from './protocol-sessions.js';
import { isReached } from './reachable.js';
import { Refusal, errorBody, refusalOfDecision } from './refusal.js';
import type { RequestHead } from './request-head.js';
import type { IdentityTokens } from './identity-tokens.js';
import { drain } from './upstream-exchange.js';
import { headersFor } from './upstream-identity.js';

/** What an upstream asked of a client and still waits for. */
class ServerRequest implements Timed {
  settled = false;
  readonly askedAt = performance.now();
  readonly deadline: number;

  constructor(
    readonly session: ProtocolSession,
    /** The id the client answers to. */
    readonly id: number,
    /** JSON text of the id the upstream gave. */
    readonly upstreamIdText: string,
    readonly upstreamKey: string,
    readonly record: RecordedCall,
    private readonly onExpired: (request: ServerRequest) => void,
  ) {
    this.deadline = this.askedAt + record.facts.maxDurationMs;
  }

  onDeadline(): void {
    this.onExpired(this);
  }
}

interface Questions {
  readonly byId: Map<number, ServerRequest>;
  readonly byUpstreamId: Map<string, ServerRequest>;
}

export interface ServerRequestsOptions {
  readonly policy: PolicyClient;
  readonly recorder: CallRecorder;
  readonly upstream: UpstreamPool;
  readonly tokens: IdentityTokens;
  readonly deadlines: Deadlines;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  /** Most questions a session may have open. */
  readonly limit: number;
  readonly maxDepth: number;
}

const ANSWER_MS = 30_000;
/** What JSON-RPC has for a method the other side does not offer. */
const METHOD_NOT_FOUND = -32601;

/**
 * Requests of upstreams to their clients (sampling, elicitation, roots, ping). Each is decided like a call; a refused one
 * is answered by the gateway and never seen by the client. Ids are the session's own, so that an answer meets exactly
 * the question it was given for, once.
 */
export class ServerRequests {
  private readonly questions = new Map<ProtocolSession, Questions>();
  private readonly reader: MessageReader;

  constructor(private readonly options: ServerRequestsOptions) {
    this.reader = new MessageReader({ maxDepth: options.maxDepth });
  }

  get open(): number {
    let open = 0;
    for (const questions of this.questions.values()) open += questions.byId.size;
    return open;
  }

  /** What the client is to be sent; undefined when it is not to be asked. `head` is of the request whose stream it came on. */
  async ask(session: ProtocolSession, head: RequestHead, bytes: Buffer): Promise<Buffer | undefined> {
    let message: RpcCall;
    try {
      // What policy decides on must be what the client reads: nothing may be said twice.
      message = this.reader.read(bytes) as RpcCall;
    } catch (error) {
      if (error instanceof MessageRefused && error.idText !== null) {
        this.answerUpstream(
          session,
          head,
          errorBody(new Refusal('request.invalid', { message: error.message }), error.idText),
        );
      }
      return undefined;
    }
    const idText = message.idText!;
    const known = this.questions.get(session)?.byUpstreamId.get(idKey(message.id!));
    // A stream that was resumed tells again what it told before.
    if (known !== undefined) return withId(message, known.id);

    const traits = methodTraits(message.method);
    const part = argumentsPart(traits);
    const argumentsBytes = part === undefined ? undefined : partOf(message, PART[part]);
    const asked: Asked = {
      requestId: newEventId(),
      method: message.method,
      target: { kind: 'method', name: '' },
      direction: 'server',
      head,
      protocolSession: session.id,
      client: session.seed.client,
      argumentsBytes,
      argumentsText: textForPolicy(argumentsBytes),
      bytesIn: bytes.length,
    };
    const capability = traits.clientCapability;
    if (capability !== undefined && session.seed.clientCapabilities[capability] === undefined) {
      return this.refuse(
        session,
        asked,
        idText,
        new Refusal('request.invalid', {
          code: METHOD_NOT_FOUND,
          message: `The client does not offer ${capability}.`,
        }),
      );
    }
    if ((this.questions.get(session)?.byId.size ?? 0) >= this.options.limit) {
      return this.refuse(
        session,
        asked,
        idText,
        new Refusal('rate.limited', { message: 'Too many questions are open.' }),
      );
    }
    const startedAt = performance.now();
    let answer;
    try {
      answer = await this.options.policy.decide(decideQuestion(asked));
    } catch {
      return this.refuse(
        session,
        asked,
        idText,
        new Refusal('policy.unavailable'),
        performance.now() - startedAt,
      );
    }
    const policyMs = performance.now() - startedAt;
    const refusal = refusalOfDecision(answer, asked.requestId);
    const record: RecordedCall = {
      tenantId: session.seed.caller.tenantId,
      facts: factsOfDecision(asked, answer, policyMs, refusal?.reason ?? null),
    };
    if (refusal !== undefined) {
      await this.write(() => this.options.recorder.refused(record, round(performance.now() - startedAt)));
      this.answerUpstream(session, head, errorBody(refusal, idText));
      return undefined;
    }
    const written = await this.write(() => this.options.recorder.decided(record));
    if (!written) {
      this.answerUpstream(session, head, errorBody(new Refusal('audit.unavailable'), idText));
      return undefined;
    }
    // The session may have ended, or the same question come by another stream, while policy was asked.
    if (session.ended) {
      await this.write(() =>
        this.options.recorder.completed(record, {
          ...NOTHING,
          outcome: 'unknown',
          error: 'session.not_found',
        }),
      );
      return undefined;
    }
    return withId(message, this.remember(session, message, record).id);
  }

  /** A client's answer, on its way to the upstream that asked. One nobody waits for is dropped: it came too late. */
  async answer(session: ProtocolSession, message: RpcAnswer): Promise<void> {
    const request =
      typeof message.id === 'number' ? this.questions.get(session)?.byId.get(message.id) : undefined;
    if (request === undefined) return;
    this.forget(request);
    const { error } = message;
    const result = partOf(message, PART.result);
    let failure: string | null = error === undefined ? null : `jsonrpc:${error.code}`;
    const upstreamMs = performance.now() - request.askedAt;
    try {
      await this.post(
        session,
        request.record.facts,
        replaceRange(message.bytes, message.idStart, message.idEnd, request.upstreamIdText),
      );
    } catch (cause) {
      failure = 'upstream.unreachable';
      this.options.logger.warn(
        { err: cause, connection: session.connection.id },
        'an answer of a client did not reach its upstream',
      );
    }
    await this.complete(request, {
      outcome: failure === null ? 'ok' : 'error',
      upstreamMs: round(upstreamMs),
      bytesOut: message.bytes.length,
      error: failure,
      ...recordedResult(result),
    });
  }

  /** An upstream takes a question back: the client knows it by another id. Undefined when there is no such question. */
  cancelledByUpstream(session: ProtocolSession, message: RpcCall): Buffer | undefined {
    const id = message.params?.['requestId'] as RpcId | undefined;
    const request = id === undefined ? undefined : this.questions.get(session)?.byUpstreamId.get(idKey(id));
    if (request === undefined) return undefined;
    this.forget(request);
    void this.complete(request, { ...NOTHING, error: 'request.cancelled' });
    const place = 2 * PART['params.requestId'];
    return replaceRange(
      message.bytes,
      message.places[place]!,
      message.places[place + 1]!,
      String(request.id),
    );
  }

  /** Questions a control order reaches, or of a session that is over: their answers will not be passed on. */
  cut(which: ControlReach | ProtocolSession | undefined, reason: string): void {
    for (const [session, questions] of this.questions) {
      const reached =
        which === undefined || which === session || (!('seed' in which) && isReached(which, session.owner));
      if (!reached) continue;
      for (const request of [...questions.byId.values()]) {
        this.forget(request);
        void this.complete(request, { ...NOTHING, outcome: 'unknown', error: reason });
        if (!session.ended) {
          this.answerUpstream(
            session,
            request.record.facts,
            errorBody(
              new Refusal('request.invalid', { message: 'The client is no longer there to be asked.' }),
              request.upstreamIdText,
            ),
          );
        }
      }
    }
  }

  /** Records that an upstream asked somebody who cannot be asked; gives back what to answer it. */
  async unanswerable(message: RpcCall, head: RequestHead, of: RecordedCall): Promise<Buffer> {
    const refusal = new Refusal('request.invalid', {
      code: METHOD_NOT_FOUND,
      message: 'This client cannot be asked.',
    });
    const facts = factsOfRefusal(
      {
        requestId: newEventId(),
        method: message.method,
        target: { kind: 'method', name: '' },
        direction: 'server',
        head,
        protocolSession: of.facts.protocolSession,
        client: of.facts.client,
        argumentsBytes: undefined,
        argumentsText: undefined,
        bytesIn: message.bytes.length,
      },
      undefined,
      0,
      refusal.reason,
    );
    const { connection, agentSession, key, user, userBound } = of.facts;
    const record = {
      tenantId: of.tenantId,
      facts: { ...facts, connection, agentSession, key, user, userBound },
    };
    await this.write(() => this.options.recorder.refused(record, 0));
    return Buffer.from(errorBody(refusal, message.idText!));
  }

  private async refuse(
    session: ProtocolSession,
    asked: Asked,
    idText: string,
    refusal: Refusal,
    policyMs = 0,
  ): Promise<undefined> {
    const { caller, agentSession } = session.seed;
    const { id, slug } = session.connection;
    const record: RecordedCall = {
      tenantId: caller.tenantId,
      facts: factsOfRefusal(
        asked,
        { caller, agentSession, connectionRef: { id, slug } },
        policyMs,
        refusal.reason,
      ),
    };
    await this.write(() => this.options.recorder.refused(record, round(policyMs)));
    this.answerUpstream(session, asked.head, errorBody(refusal, idText));
    return undefined;
  }

  private remember(session: ProtocolSession, message: RpcCall, record: RecordedCall): ServerRequest {
    let questions = this.questions.get(session);
    if (questions === undefined) {
      questions = { byId: new Map(), byUpstreamId: new Map() };
      this.questions.set(session, questions);
    }
    session.lastServerRequestId += 1;
    const request = new ServerRequest(
      session,
      session.lastServerRequestId,
      message.idText!,
      idKey(message.id!),
      record,
      (expired) => this.expire(expired),
    );
    questions.byId.set(request.id, request);
    questions.byUpstreamId.set(request.upstreamKey, request);
    session.users += 1;
    this.options.deadlines.add(request);
    return request;
  }

  private forget(request: ServerRequest): void {
    const { session } = request;
    const questions = this.questions.get(session);
    if (questions?.byId.delete(request.id) !== true) return;
    if (questions.byUpstreamId.get(request.upstreamKey) === request)
      questions.byUpstreamId.delete(request.upstreamKey);
    if (questions.byId.size === 0) this.questions.delete(session);
    session.users -= 1;
    this.options.deadlines.delete(request);
  }

  private expire(request: ServerRequest): void {
    this.forget(request);
    void this.complete(request, { ...NOTHING, outcome: 'unknown', error: 'client.timeout' });
    this.answerUpstream(
      request.session,
      request.record.facts,
      errorBody(
        new Refusal('request.invalid', { message: 'The client did not answer in time.' }),
        request.upstreamIdText,
      ),
    );
  }

  private async complete(
    request: ServerRequest,
    completion: Partial<typeof NOTHING> & { outcome?: 'ok' | 'error' | 'unknown' },
  ): Promise<void> {
    if (request.settled) return;
    request.settled = true;
    const latencyMs = round(performance.now() - request.askedAt + request.record.facts.policyMs);
    await this.write(() =>
      this.options.recorder.completed(request.record, { ...NOTHING, ...completion, latencyMs }),
    );
  }

  /** False when the record could not be written. */
  private async write(action: () => void | Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.options.logger.error({ err: error }, 'a server request could not be recorded');
      return false;
    }
  }

  private answerUpstream(session: ProtocolSession, of: Traced, body: string): void {
    this.post(session, of, Buffer.from(body)).catch((error: unknown) => {
      this.options.logger.warn(
        { err: error, connection: session.connection.id },
        'a refused server request could not be answered',
      );
    });
  }

  private async post(session: ProtocolSession, { traceId, metadata }: Traced, body: Buffer): Promise<void> {
    const { connection, upstreamSession, seed } = session;
    const response = await this.options.upstream.request({
      connection,
      method: 'POST',
      headers: headersFor(
        connection,
        upstreamSession,
        undefined,
        { caller: seed.caller, traceId, metadata },
        this.options.tokens,
      ),
      body,
      headersTimeoutMs: ANSWER_MS,
      bodyTimeoutMs: ANSWER_MS,
    });
    drain(response.body, this.options.deadlines);
    if (response.status >= 300) throw new Error(`the upstream answered ${response.status}`);
  }
}

type Traced = Pick<CallFacts, 'traceId' | 'metadata'>;

const NOTHING = {
  outcome: 'error' as 'ok' | 'error' | 'unknown',
  latencyMs: 0,
  upstreamMs: 0,
  bytesOut: 0,
  error: null as string | null,
  result: '',
  resultDigest: null as string | null,
};

function withId(message: RpcCall, id: number): Buffer {
  return replaceRange(message.bytes, message.idStart, message.idEnd, String(id));
}
