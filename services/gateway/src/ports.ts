import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type {
  CallFacts,
  ControlReach,
  DecideRequest,
  DecideResponse,
  FilterRequest,
  GatewayConnection,
  Outcome,
} from '@portcullis/contracts';

/**
 * What the request path (mcp/) needs of the rest of the gateway. Each port has one adapter beside it, bound in
 * app.module.ts; the tokens are for Nest.
 */
export const POLICY_CLIENT = Symbol('PolicyClient');
export const CALL_RECORDER = Symbol('CallRecorder');
export const UPSTREAM_POOL = Symbol('UpstreamPool');
export const CONTROL_EVENTS = Symbol('ControlEvents');

/** What the gateway's parts need of the service's logger. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The policy service did not give a usable answer in time. Nothing may be forwarded. */
export class PolicyUnavailable extends Error {
  override readonly name = 'PolicyUnavailable';
  readonly code = 'policy.unavailable';
}

/** The audit record could not be written. Nothing may be forwarded. */
export class AuditUnavailable extends Error {
  override readonly name = 'AuditUnavailable';
  readonly code = 'audit.unavailable';
}

/** The upstream gave no usable HTTP answer. The cause stays here: it may name addresses. */
export class UpstreamFailed extends Error {
  override readonly name = 'UpstreamFailed';
  constructor(
    readonly reason: 'upstream.unreachable' | 'upstream.invalid' | 'upstream.timeout',
    /** Whether the request may have reached the upstream. False: nothing was sent, a retry is safe. */
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/**
 * The client adds which gateway asks and which version of the connection it holds, and puts `argumentsJson` into the
 * body as `arguments` byte for byte: parsing and writing them again would change numbers (1e999, 2^60) that the upstream
 * gets to see as they were.
 */
export type DecideQuestion = Omit<DecideRequest, 'gateway' | 'have' | 'arguments'> & {
  /** Valid JSON text, at most `DECIDE_ARGUMENTS_LIMIT` bytes. */
  readonly argumentsJson?: string;
};
/** `current` is already resolved: the connection is whole, or null when the call was refused. */
export type DecideAnswer = Omit<DecideResponse, 'connection'> & { connection: GatewayConnection | null };
export type FilterQuestion = Omit<FilterRequest, 'gateway'>;

export interface PolicyClient {
  /** Rejects with `PolicyUnavailable`, also at once while the control stream is not healthy. */
  decide(question: DecideQuestion): Promise<DecideAnswer>;
  /** One boolean for each item, in order. Rejects with `PolicyUnavailable`. */
  filter(question: FilterQuestion): Promise<boolean[]>;
}

/** The same object goes to `decided` and `completed`, so that a recorder may remember work done for the first. */
export interface RecordedCall {
  /** Organization, or `SYSTEM_TENANT` while nobody could be identified. */
  readonly tenantId: string;
  readonly facts: CallFacts;
}

export interface CallCompletion {
  readonly outcome: Outcome;
  readonly latencyMs: number;
  readonly upstreamMs: number;
  readonly bytesOut: number;
  readonly error: string | null;
  readonly result: string;
  readonly resultDigest: string | null;
}

/**
 * Writes to the spool. Buffered records are written when the method returns (no promise, no turn of the event loop);
 * for audit class `strict` it returns a promise of the fsync. Throws or rejects with `AuditUnavailable`.
 */
export interface CallRecorder {
  decided(call: RecordedCall): void | Promise<void>;
  refused(call: RecordedCall, latencyMs: number): void | Promise<void>;
  completed(call: RecordedCall, completion: CallCompletion): void | Promise<void>;
  /** A caller nobody could identify was refused: counted, never spooled one by one, never throws. */
  unidentified(sourceIp: string, slug: string | null, reason: string): void;
}

/** What of an `AbortSignal` is used here. Every call has one, so it may be something lighter. */
export interface Cancellation {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface UpstreamRequest {
  readonly connection: GatewayConnection;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Everything to send but host, length and the connection's credential. Lower-case names. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | null;
  readonly signal?: Cancellation;
  /** Longest wait for the answer's head. */
  readonly headersTimeoutMs: number;
  /** Longest silence within the body; 0 for streams that may be silent for ever. */
  readonly bodyTimeoutMs: number;
  /**
   * Read an answer that is no event stream whole, up to so many bytes (more is `upstream.invalid`), before the promise
   * resolves: a stream for each small answer would cost more than the answer.
   */
  readonly wholeUpTo?: number;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /**
   * A stream must be read to its end or destroyed; it fails with `UpstreamFailed`. Decoded when the upstream compressed
   * it. Bytes where `wholeUpTo` asked for them and the upstream did not compress.
   */
  readonly body: Readable | Buffer;
}

export interface StreamedUpstreamResponse extends UpstreamResponse {
  readonly body: Readable;
}

export interface UpstreamPool {
  /**
   * Sends to `connection.upstreamUrl` with the credential injected, through the outbound guard; redirects are not
   * followed. Rejects with `UpstreamFailed`; with the signal's reason when the signal is aborted.
   */
  request(request: UpstreamRequest & { readonly wholeUpTo?: undefined }): Promise<StreamedUpstreamResponse>;
  request(request: UpstreamRequest): Promise<UpstreamResponse>;
}

export interface ControlStop {
  readonly reach: ControlReach;
  readonly mode: 'stop' | 'abort';
  readonly reason: string;
  readonly cause: 'kill_switch' | 'session_suspended' | 'key_revoked' | 'connection_disabled';
}

/** Listeners run synchronously and must not throw. Each `on…` returns its removal. */
export interface ControlEvents {
  /** False before the first `welcome` and after 2 s of silence. */
  readonly healthy: boolean;
  onStop(listener: (stop: ControlStop) => void): () => void;
  onPublished(listener: (reach: ControlReach) => void): () => void;
  /** Called when `healthy` changes. */
  onHealth(listener: (healthy: boolean) => void): () => void;
}
