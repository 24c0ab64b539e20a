import type { Logger } from 'pino';
import type { ErrorProfile } from '@portcullis/contracts';
import { MessageRefused, type MessageReader, type RpcMessage } from '@portcullis/mcp';
import type { CallRecorder, RecordedCall } from '../ports.js';
import { factsOfRefusal, round, type Asked } from './call-facts.js';
import type { Exchange } from './exchange.js';
import type { KnownCallers } from './known-callers.js';
import { Refusal, type RefusedRequest } from './refusal.js';
import { readBody } from './request-body.js';
import type { RequestHead } from './request-head.js';

/** Bodies of requests refused by their head are read this far, only to answer with the request's id. */
const SMALL_BODY = 64 * 1024;

/** Refusals about the HTTP request whatever message it carries: a notification that deserves one gets it. */
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

/** What is known of a message that could not be read whole. */
type Envelope = Partial<Pick<RpcMessage, 'kind'>> & { idText?: string | null; method?: string; id?: unknown };

/** Ends requests that are not forwarded: on record or counted, and answered in the form their client can read. */
export class Refusing {
  constructor(
    private readonly recorder: CallRecorder,
    private readonly known: KnownCallers,
    private readonly reader: MessageReader,
    private readonly logger: Pick<Logger, 'error'>,
  ) {}

  /** By the head: the body is looked at only for the id, and not when it is large. */
  async unread(exchange: Exchange, slug: string | null, refusal: Refusal): Promise<void> {
    this.recorder.unidentified(exchange.sourceIp, slug, refusal.reason);
    const body = await readBody(exchange.request, SMALL_BODY);
    if (body === 'gone') return;
    exchange.refuse(refusal, {
      idText: body === 'too_large' ? null : this.idTextOf(body),
      method: undefined,
      profile: 'http',
      mcpClient: false,
      hasSession: false,
    });
  }

  /** Before policy could say who asks: counted, not recorded one by one. */
  unidentified(exchange: Exchange, head: RequestHead, message: Envelope | undefined, refusal: Refusal): void {
    this.recorder.unidentified(head.sourceIp, head.slug, refusal.reason);
    const notification = message?.kind === 'call' && message.id === undefined;
    this.answer(exchange, refusedRequest(head, message), refusal, notification);
  }

  /** Policy could not be asked; whoever it knew before is named in the record. */
  async undecided(
    exchange: Exchange,
    asked: Asked,
    refused: RefusedRequest,
    policyMs: number,
    receivedAt: number,
  ): Promise<void> {
    const { head } = asked;
    const refusal = new Refusal('policy.unavailable');
    const known = this.known.find(head.digest, head.slug);
    const record = known && {
      tenantId: known.caller.tenantId,
      facts: factsOfRefusal(asked, known, policyMs, refusal.reason),
    };
    const profile = head.errors ?? known?.errorProfile ?? refused.profile;
    await this.decided(exchange, head, record, { ...refused, profile }, refusal, receivedAt);
  }

  /** By policy, or by what its answer led to. Without a record nobody could be identified. */
  async decided(
    exchange: Exchange,
    head: RequestHead,
    record: RecordedCall | undefined,
    refused: RefusedRequest,
    refusal: Refusal,
    receivedAt: number,
  ): Promise<void> {
    await this.record(head, record, refusal, receivedAt);
    this.answer(exchange, refused, refusal);
  }

  /** On record, or counted where nobody could be identified. */
  async record(
    head: RequestHead,
    record: RecordedCall | undefined,
    refusal: Refusal,
    receivedAt: number,
  ): Promise<void> {
    if (record === undefined) return this.recorder.unidentified(head.sourceIp, head.slug, refusal.reason);
    try {
      const written = this.recorder.refused(record, round(performance.now() - receivedAt));
      if (written !== undefined) await written;
    } catch (error) {
      // Refused either way.
      this.logger.error({ err: error }, 'a refusal could not be recorded');
    }
  }

  /** Notifications are never refused: what may not pass is dropped. The HTTP request they come in can still be wrong. */
  answer(
    exchange: Exchange,
    refused: RefusedRequest,
    refusal: Refusal,
    notification = refused.idText === null,
  ): void {
    if (notification && !HTTP_REFUSALS.has(refusal.reason)) {
      exchange.empty(202, ['x-portcullis-refusal', refusal.reason]);
    } else exchange.refuse(refusal, refused);
  }

  private idTextOf(body: Buffer): string | null {
    try {
      return this.reader.read(body).idText ?? null;
    } catch (error) {
      if (error instanceof MessageRefused) return error.idText;
      throw error;
    }
  }
}

export function refusedRequest(
  head: RequestHead,
  message: Envelope | undefined,
  profile: ErrorProfile = 'auto',
): RefusedRequest {
  return {
    idText: message?.idText ?? null,
    method: message?.method,
    profile: head.errors ?? profile,
    mcpClient: head.revision !== undefined || head.sessionId !== undefined,
    hasSession: head.sessionId !== undefined,
  };
}
