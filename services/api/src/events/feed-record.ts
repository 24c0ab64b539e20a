import type { CallCompleted, CallRefused, EventEnvelope, LiveEvent } from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import { RowUnderTest } from '@portcullis/lens';
import { callRow } from './call-row.js';
import { LIVE_TYPES, livePayloadsOf, type LivePayload } from './live-payloads.js';

interface Contents {
  readonly tenantId: string;
  readonly payloads: readonly LivePayload[];
  readonly call: CallCompleted | CallRefused | undefined;
}

/** A record of the log as clients see it: parsed when somebody wants it, and once for all of them. */
export class FeedRecord {
  private readonly rows = new Map<boolean, RowUnderTest>();
  private parsed: Contents | null | undefined;

  constructor(private readonly record: LogRecord) {}

  /** Of a type that clients see. */
  get isSeen(): boolean {
    return LIVE_TYPES.has(this.record.type);
  }

  get partition(): string {
    return `${this.record.topic}/${this.record.partition}`;
  }

  get offset(): bigint {
    return this.record.offset;
  }

  get bytes(): number {
    return this.record.value.length;
  }

  /** Null for what cannot be read. A call's key names its organization, so that others' calls are not parsed. */
  get tenantId(): string | null {
    const { key } = this.record;
    return this.isCall ? key.slice(0, key.indexOf(':')) : (this.contents()?.tenantId ?? null);
  }

  /** `before` and `after`: the reader's place around the record, as text. */
  events(before: string, after: string): readonly LiveEvent[] {
    const payloads = this.contents()?.payloads ?? [];
    // Only the last one is the place after it: who got the first alone gets the record again.
    return payloads.map(
      (live, index) => ({ ...live, id: index === payloads.length - 1 ? after : before }) as LiveEvent,
    );
  }

  /** The call's row for filters; undefined for what no filter chooses among. */
  row(payload: boolean): RowUnderTest | undefined {
    const call = this.contents()?.call;
    if (call === undefined) return undefined;
    const row = this.rows.get(payload) ?? new RowUnderTest(callRow(call, payload));
    this.rows.set(payload, row);
    return row;
  }

  private get isCall(): boolean {
    return this.record.type === 'CallCompleted' || this.record.type === 'CallRefused';
  }

  private contents(): Contents | null {
    if (this.parsed === undefined) this.parsed = this.parse();
    return this.parsed;
  }

  private parse(): Contents | null {
    const { value, type } = this.record;
    try {
      const event = JSON.parse(
        Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'),
      ) as EventEnvelope;
      if (event.type !== type || typeof event.tenantId !== 'string') return null;
      const payloads = livePayloadsOf(event);
      if (!this.isCall) return { tenantId: event.tenantId, payloads, call: undefined };
      // The key chose the organization: an event that says otherwise is nobody's.
      return event.tenantId === this.tenantId
        ? { tenantId: event.tenantId, payloads, call: event as CallCompleted | CallRefused }
        : null;
    } catch {
      // The audit service keeps it as a dead letter.
      return null;
    }
  }
}
