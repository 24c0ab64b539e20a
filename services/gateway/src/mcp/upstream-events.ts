import {
  MessageReader,
  MessageRefused,
  sseEvent,
  type RpcAnswer,
  type RpcMessage,
  type SseEvent,
} from '@portcullis/mcp';
import { upstreamInvalid } from './call-cut.js';
import type { ClientStream } from './client-stream.js';
import type { ProtocolSession } from './protocol-sessions.js';
import type { RequestHead } from './request-head.js';
import type { ServerRequests } from './server-requests.js';
import type { RecordedCall } from '../ports.js';

/** Where the events of an upstream's stream go. */
export interface EventTarget {
  readonly session: ProtocolSession | undefined;
  /** Of the request whose answer the stream is. */
  readonly head: RequestHead;
  readonly stream: ClientStream;
  /** Whether the client takes anything but the answer. */
  readonly streams: boolean;
  /** Record of that request. */
  readonly record: RecordedCall;
  /** Sends the upstream an answer the gateway gives in the client's place. */
  respond(body: Buffer): void;
  /** A message beside the answer went to the client. */
  onMessage(): void;
}

/** Answers deeper than this are refused; nothing in them is looked into but their envelope. */
const ANSWER_DEPTH = 512;
/** Longer results pass unparsed. */
const PARSE_UP_TO = 1024 * 1024;

/** Passes an upstream's events on, one by one and in order, and governs what it asks of the client. */
export class UpstreamEvents {
  private readonly reader = new MessageReader({
    maxDepth: ANSWER_DEPTH,
    duplicatesBelow: true,
    parseUpTo: PARSE_UP_TO,
  });

  constructor(private readonly serverRequests: ServerRequests) {}

  /** Throws `CallCut` for what is no message. */
  read(bytes: Buffer, error?: string): RpcMessage {
    try {
      return this.reader.read(bytes);
    } catch (cause) {
      if (cause instanceof MessageRefused)
        throw upstreamInvalid('The upstream did not answer with a JSON-RPC message.', error);
      throw cause;
    }
  }

  /** An answer is given back instead of passed on: its call decides what becomes of it. */
  async pass(event: SseEvent, to: EventTarget): Promise<RpcAnswer | undefined> {
    const { streams: events } = to;
    if (event.data === undefined || event.data.length === 0) {
      // Event ids, retry times and signs of life.
      if (events) await to.stream.send(event.raw);
      return undefined;
    }
    const message = this.read(event.data);
    if (message.kind === 'answer') return message;
    if (message.id === undefined) {
      if (!events) return undefined;
      const cancelled = message.method === 'notifications/cancelled' && to.session !== undefined;
      const edited = cancelled ? this.serverRequests.cancelledByUpstream(to.session!, message) : undefined;
      // What is taken back was never shown to this client.
      if (cancelled && edited === undefined) return undefined;
      to.onMessage();
      await to.stream.send(edited === undefined ? event.raw : sseEvent(edited, event.id));
      return undefined;
    }
    if (to.session === undefined || !events) {
      to.respond(await this.serverRequests.unanswerable(message, to.head, to.record));
      return undefined;
    }
    if (to.stream.gone) {
      // With an event id it can be told again on the stream that takes over; without one nobody will ever see it.
      if (event.id === undefined)
        to.respond(await this.serverRequests.unanswerable(message, to.head, to.record));
      return undefined;
    }
    const question = await this.serverRequests.ask(to.session, to.head, event.data);
    if (question === undefined) return undefined;
    to.onMessage();
    await to.stream.send(sseEvent(question, event.id));
    return undefined;
  }
}
