import { callKey, type Actor } from '@portcullis/contracts';
import { AuditUnavailable, type CallCompletion, type CallRecorder, type RecordedCall } from '../ports.js';
import type { RefusalCounter } from '../refusals/refusal-counter.js';
import { RecordTooLarge } from '../spool/record.js';
import type { Spool } from '../spool/spool.js';
import { appendEvent, type CallEventType } from './envelope.js';
import { SHORTER_CALLS } from './shorten-call.js';

/** What `decided` knew: the completion repeats the facts, and serializing them again would cost as much as the append. */
interface Decided {
  readonly id: string;
  readonly facts: string;
}

/** Writes every decision and every end of a call to the spool. */
export class SpoolCallRecorder implements CallRecorder {
  private readonly calls = new WeakMap<RecordedCall, Decided>();
  private lostRecords = 0;

  constructor(
    private readonly spool: Spool,
    private readonly refusals: RefusalCounter,
  ) {}

  /** Records of class `best-effort` that could not be written; each leaves a gap in the sequence. */
  get lost(): number {
    return this.lostRecords;
  }

  decided(call: RecordedCall): void | Promise<void> {
    const facts = JSON.stringify(call.facts);
    const id = this.record(call, 'CallDecided', call.facts.decidedAt, facts, null, false);
    this.calls.set(call, { id, facts });
    return this.whenDurable(call);
  }

  refused(call: RecordedCall, latencyMs: number): void | Promise<void> {
    const data = joined(JSON.stringify(call.facts), { latencyMs });
    this.record(call, 'CallRefused', new Date().toISOString(), data, null, false);
    return this.whenDurable(call);
  }

  completed(call: RecordedCall, completion: CallCompletion): void | Promise<void> {
    const decided = this.calls.get(call);
    const { outcome, latencyMs, upstreamMs, bytesOut, error, result, resultDigest } = completion;
    const end = { outcome, latencyMs, upstreamMs, bytesOut, error, result, resultDigest };
    const data = joined(decided?.facts ?? JSON.stringify(call.facts), end);
    this.record(call, 'CallCompleted', new Date().toISOString(), data, decided?.id ?? null, true);
    return this.whenDurable(call);
  }

  unidentified(sourceIp: string, slug: string | null, reason: string): void {
    this.refusals.count(sourceIp, slug, reason);
  }

  private record(
    call: RecordedCall,
    type: CallEventType,
    occurredAt: string,
    data: string,
    causationId: string | null,
    final: boolean,
  ): string {
    const { tenantId, facts } = call;
    const key = callKey(tenantId, facts.connection?.id ?? null);
    const envelope = {
      tenantId,
      stream: `call-${facts.requestId}`,
      occurredAt,
      actor: actorOf(call, this.spool.gatewayId),
      correlationId: facts.traceId,
      causationId,
      traceparent: facts.traceparent,
    };
    try {
      return withShorterData(data, (text) => appendEvent(this.spool, key, type, envelope, text, final));
    } catch (error) {
      if (!(error instanceof AuditUnavailable) || facts.audit !== 'best-effort') throw error;
      this.spool.skip();
      this.lostRecords += 1;
      return '';
    }
  }

  private whenDurable(call: RecordedCall): void | Promise<void> {
    return call.facts.audit === 'strict' ? this.spool.durable() : undefined;
  }
}

/** An object's JSON with more members: two texts are put together, nothing is serialized twice. */
function joined(object: string, more: object): string {
  return `${object.slice(0, -1)},${JSON.stringify(more).slice(1)}`;
}

function withShorterData<T>(data: string, append: (data: string) => T): T {
  try {
    return append(data);
  } catch (error) {
    if (!(error instanceof RecordTooLarge)) throw error;
  }
  const parsed = JSON.parse(data) as Record<string, unknown>;
  for (const shorten of SHORTER_CALLS) {
    try {
      return append(JSON.stringify(shorten(parsed)));
    } catch (error) {
      if (!(error instanceof RecordTooLarge)) throw error;
    }
  }
  throw new AuditUnavailable('the audit record is too large in its shortest form');
}

function actorOf(call: RecordedCall, gatewayId: string): Actor {
  const { key } = call.facts;
  return key === null ? { type: 'service', id: gatewayId } : { type: 'api_key', id: key.id, name: key.label };
}
