import { isUtf8 } from 'node:buffer';
import { JsonScanner, PART, isBlank } from './json-scanner.js';

export type RpcId = string | number;

/** Why bytes are not a message that can be governed; reasons are those of contract section 1. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
  constructor(
    readonly reason: 'request.malformed' | 'request.invalid' | 'request.too_large',
    message: string,
    /** JSON text of the message's id, when it could be made out. */
    readonly idText: string | null = null,
  ) {
    super(message);
  }
}

interface Shared {
  /** Exactly what was received. */
  readonly bytes: Buffer;
}

/** A request, or a notification when `id` is undefined. */
export interface RpcCall extends Shared {
  readonly kind: 'call';
  readonly id: RpcId | undefined;
  /** JSON text of the id as the sender wrote it. */
  readonly idText: string | undefined;
  readonly idStart: number;
  readonly idEnd: number;
  readonly method: string;
  readonly params: Record<string, unknown> | undefined;
  /** Start and end of `params`, `params.arguments` or `params.argument`, `params._meta`, `params.requestId`; -1 when absent. */
  readonly places: Int32Array;
}

export interface RpcAnswer extends Shared {
  readonly kind: 'answer';
  readonly id: RpcId | null;
  readonly idText: string;
  readonly idStart: number;
  readonly idEnd: number;
  readonly error: { readonly code: number; readonly message: string } | undefined;
  readonly result: unknown;
  readonly places: Int32Array;
}

export type RpcMessage = RpcCall | RpcAnswer;

export interface MessageLimits {
  readonly maxDepth: number;
  /** Whether names may repeat below the members of `params` and `result`: only for answers that nobody looks into. */
  readonly duplicatesBelow?: boolean;
  /**
   * Longer answers are not parsed whole: `result` stays undefined and its syntax unchecked, its place is known.
   * Keeps the event loop free while large results pass through.
   */
  readonly parseUpTo?: number;
}

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const LONGEST_METHOD = 256;
const LONGEST_ID = 256;

/** Reads messages one after another. One parse, raw bytes kept. Not to be shared between threads; cheap to make. */
export class MessageReader {
  private readonly scanner: JsonScanner;

  constructor(private readonly limits: MessageLimits) {
    this.scanner = new JsonScanner({
      maxDepth: limits.maxDepth,
      duplicatesTo: limits.duplicatesBelow === true ? 2 : limits.maxDepth,
    });
  }

  /** Throws `MessageRefused`. */
  read(bytes: Buffer): RpcMessage {
    if (!isUtf8(bytes)) throw new MessageRefused('request.malformed', 'The body is not valid UTF-8.');
    this.scan(bytes);
    const { scanner } = this;
    const message = this.parse(bytes);
    const id = message['id'];
    const idText = validId(id) && scanner.has(PART.id) ? textOf(scanner, bytes, PART.id) : null;
    const refuse = (text: string): never => {
      throw new MessageRefused('request.invalid', text, idText);
    };
    if (message['jsonrpc'] !== '2.0') refuse('The message is not JSON-RPC 2.0.');
    const { ranges } = scanner;
    const shared = {
      bytes,
      idStart: ranges[2 * PART.id]!,
      idEnd: ranges[2 * PART.id + 1]!,
      places: ranges.slice(),
    };
    if (typeof message['method'] === 'string') {
      const { method, params } = message;
      if ('result' in message || 'error' in message) refuse('A message is a call or an answer, not both.');
      if (method.length === 0 || method.length > LONGEST_METHOD)
        refuse('The method name is empty or too long.');
      if ('id' in message && !validId(id)) refuse('The id must be a string or a number.');
      if (params !== undefined && !isRecord(params)) refuse('params must be an object.');
      return {
        kind: 'call',
        id: id as RpcId | undefined,
        idText: idText ?? undefined,
        method,
        params: params as Record<string, unknown> | undefined,
        ...shared,
      };
    }
    if ('method' in message) refuse('The method must be a string.');
    const hasResult = 'result' in message;
    const { error } = message;
    if (hasResult === 'error' in message) refuse('The message is neither a call nor an answer.');
    if (!hasResult && !isRpcError(error)) refuse('The error must have a code and a message.');
    if (!validId(id) && !(id === null && !hasResult)) refuse('An answer needs the id of its request.');
    return {
      kind: 'answer',
      id: id as RpcId | null,
      idText: idText ?? 'null',
      error: hasResult ? undefined : (error as { code: number; message: string }),
      result: message['result'],
      ...shared,
    };
  }

  private parse(bytes: Buffer): Record<string, unknown> {
    const { scanner } = this;
    const whole = bytes.length <= (this.limits.parseUpTo ?? Infinity);
    try {
      if (whole || scanner.has(PART.method) || !scanner.has(PART.result)) {
        return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
      }
      const parts: Record<string, unknown> = { result: undefined };
      for (const name of ['jsonrpc', 'id', 'error'] as const) {
        const part = scanner.slice(bytes, PART[name]);
        if (part !== undefined) parts[name] = JSON.parse(part.toString('utf8'));
      }
      return parts;
    } catch {
      throw new MessageRefused('request.malformed', 'The body is not valid JSON.');
    }
  }

  private scan(bytes: Buffer): void {
    let first = 0;
    while (isBlank(bytes[first])) first += 1;
    if (bytes[first] === OPEN_BRACKET) {
      throw new MessageRefused('request.invalid', 'Batches are not accepted: send one message a request.');
    }
    if (bytes[first] !== OPEN_BRACE)
      throw new MessageRefused('request.malformed', 'The body is not a JSON object.');
    const finding = this.scanner.scan(bytes);
    if (finding === 'ok') return;
    if (finding === 'duplicate') {
      throw new MessageRefused(
        'request.malformed',
        `The name ${JSON.stringify(cut(this.scanner.duplicateKey))} occurs twice in one object.`,
      );
    }
    if (finding === 'too_deep') {
      throw new MessageRefused(
        'request.too_large',
        `The body is nested deeper than ${this.limits.maxDepth} levels.`,
      );
    }
    throw new MessageRefused('request.malformed', 'The body is not valid JSON.');
  }
}

/** The bytes of one part of a message as they were received; undefined when it has no such part. */
export function partOf(message: { bytes: Buffer; places: Int32Array }, part: number): Buffer | undefined {
  const start = message.places[2 * part]!;
  return start < 0 ? undefined : message.bytes.subarray(start, message.places[2 * part + 1]);
}

function validId(id: unknown): id is RpcId {
  return (
    (typeof id === 'string' && id.length <= LONGEST_ID) || (typeof id === 'number' && Number.isFinite(id))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRpcError(value: unknown): boolean {
  return isRecord(value) && typeof value['code'] === 'number' && typeof value['message'] === 'string';
}

function textOf(scanner: JsonScanner, bytes: Buffer, part: number): string {
  return bytes.toString('utf8', scanner.ranges[2 * part], scanner.ranges[2 * part + 1]);
}

function cut(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
