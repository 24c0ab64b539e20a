import type { GatewayConnection } from '@portcullis/contracts';
import type { MethodTraits, RpcCall } from '@portcullis/mcp';
import type { DecideAnswer, RecordedCall } from '../ports.js';
import { CallCut, cancelledByClient } from './call-cut.js';
import { CallCancellation } from './cancellation.js';
import type { ClientStream } from './client-stream.js';
import type { Timed } from './deadlines.js';
import type { Exchange } from './exchange.js';
import type { ProtocolSession } from './protocol-sessions.js';
import type { Reachable } from './reachable.js';
import { Refusal, type RefusedRequest } from './refusal.js';
import type { RequestHead } from './request-head.js';
import type { UpstreamLease } from './upstream-sessions.js';

/** How long an upstream's event stream may stay silent before the client gets the head of its own. */
const BEGIN_AFTER_MS = 3_000;
/** How long a cancelled call's answer is still taken. */
const CANCEL_GRACE_MS = 1_000;

/** An allowed message of a client, from its decision to its completion. */
export class ClientCall implements Timed {
  deadline: number;
  readonly startedAt = performance.now();
  private lastMoment: number;
  private cancelled = false;
  /** The stream has carried a message beside the answer: control orders treat it as a stream, not as a call. */
  private interactive = false;
  private streamingCut: CallCut | undefined;
  readonly cancellation = new CallCancellation();
  cut: CallCut | undefined;
  settled = false;
  /** Sent to the upstream at this time; the call cannot be taken back from here on. */
  sentAt: number | undefined;
  /** Set for calls outside of a protocol session. */
  lease: UpstreamLease | undefined;
  /** The id the upstream knows the call by, parsed. */
  upstreamId: string | number | undefined;
  stream: ClientStream | undefined;
  /** The upstream gave event ids, so its stream may end and go on elsewhere. */
  resumable = false;
  /** Set while the answer is awaited from another stream. */
  onAnswered: (() => void) | undefined;

  constructor(
    readonly exchange: Exchange,
    readonly head: RequestHead,
    readonly message: RpcCall,
    readonly traits: MethodTraits,
    readonly session: ProtocolSession | undefined,
    readonly decision: DecideAnswer,
    readonly connection: GatewayConnection,
    readonly record: RecordedCall,
    readonly refused: RefusedRequest,
    /** When the last byte of the request had come. */
    readonly receivedAt: number,
  ) {
    this.lastMoment = this.startedAt + decision.maxDurationMs;
    this.deadline = this.lastMoment;
    this.upstreamId = message.id;
  }

  /** Whether the answer may be a stream. A handshake's is not: its head names the session, which is known only with the answer. */
  get streams(): boolean {
    return this.head.accepts.events && this.message.method !== 'initialize';
  }

  get isNotification(): boolean {
    return this.message.id === undefined;
  }

  /** Ends the call now, whatever it waits for. */
  cutWith(cut: CallCut): void {
    if (this.settled || this.cut !== undefined) return;
    this.cut = cut;
    this.cancellation.abort(cut);
    this.stream?.resume();
  }

  /** Who the call belongs to, as control orders name it. */
  get owner(): Reachable {
    const { caller, agentSession, connectionRef } = this.decision;
    return {
      tenantId: caller?.tenantId ?? '',
      agentSession,
      connectionId: connectionRef?.id ?? null,
      keyId: caller?.key.id ?? null,
    };
  }

  /** The stream is about to carry a message beside the answer. Throws when an order leaves the call nothing but its answer. */
  becomeInteractive(): void {
    this.interactive = true;
    if (this.streamingCut === undefined) return;
    this.cutWith(this.streamingCut);
    throw this.streamingCut;
  }

  /** A unary call in flight may end; a stream ends now, and the call cannot become one any more. */
  finishWithoutStreaming(cut: CallCut): void {
    if (this.interactive) this.cutWith(cut);
    else this.streamingCut ??= cut;
  }

  /** The upstream answers with a stream: do not let the client wait for the first event for ever. */
  beginSoon(): void {
    if (!this.streams) return;
    this.deadline = Math.min(this.lastMoment, performance.now() + BEGIN_AFTER_MS);
  }

  /** The client took the call back. Upstreams need not answer then, some do. */
  cancelSoon(): void {
    this.cancelled = true;
    this.lastMoment = Math.min(this.lastMoment, performance.now() + CANCEL_GRACE_MS);
    this.deadline = this.lastMoment;
  }

  /** What is left of the longest the call may take. */
  get remainingMs(): number {
    return Math.max(1, Math.ceil(this.lastMoment - performance.now()));
  }

  /** Waits until the answer has come by another stream of the session. Rejects when the call is cut. */
  answeredElsewhere(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.settled) return resolve();
      if (this.cut !== undefined) return reject(this.cut);
      this.onAnswered = resolve;
      this.cancellation.addEventListener('abort', () => reject(this.cut ?? cancelledByClient()));
    });
  }

  onDeadline(now: number): void {
    if (now < this.lastMoment) {
      this.deadline = this.lastMoment;
      this.stream?.begin();
      return;
    }
    this.cutWith(this.cancelled ? cancelledByClient() : new CallCut(new Refusal('upstream.timeout')));
  }
}
