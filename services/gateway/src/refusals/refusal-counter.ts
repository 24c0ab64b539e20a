import { callKey, SYSTEM_TENANT, type RefusalsCounted } from '@portcullis/contracts';
import { AuditUnavailable, type Log } from '../ports.js';
import { appendEvent } from '../recording/envelope.js';
import { newEventId } from '../recording/event-ids.js';
import type { Spool } from '../spool/spool.js';

const WINDOW_MS = 10_000;
/** Sources told apart within one window; all others are counted together, for each reason. */
const SOURCES = 128;
const OTHER = 'other';

interface Count {
  readonly sourceIp: string;
  readonly slug: string | null;
  readonly reason: string;
  readonly from: string;
  count: number;
}

/**
 * Counts refusals of callers nobody could identify, for each source, slug and reason, and spools one record for each
 * every ten seconds: a flood costs neither memory nor disk. A slug that no identified caller ever used is left out, since
 * a caller can make up any number of them.
 */
export class RefusalCounter {
  private counts = new Map<string, Count>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly spool: Spool,
    private readonly slugKnown: (slug: string) => boolean,
    private readonly log: Log,
  ) {}

  count(sourceIp: string, slug: string | null, reason: string): void {
    const known = slug !== null && this.slugKnown(slug) ? slug : null;
    const key = `${sourceIp}\n${known ?? ''}\n${reason}`;
    const found = this.counts.get(key);
    if (found !== undefined) found.count += 1;
    else if (this.counts.size < SOURCES) this.begin(key, sourceIp, known, reason);
    else this.countOther(reason);
    this.timer ??= setTimeout(() => this.flush(), WINDOW_MS).unref();
  }

  /** Spools what was counted. What the spool does not take is kept, and counted on, for the next window. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const to = new Date().toISOString();
    try {
      for (const [key, count] of this.counts) {
        this.append({ ...count, to });
        this.counts.delete(key);
      }
    } catch (error) {
      if (!(error instanceof AuditUnavailable))
        this.log.error({ err: error }, 'refusals could not be recorded');
      this.timer = setTimeout(() => this.flush(), WINDOW_MS).unref();
    }
  }

  private countOther(reason: string): void {
    const key = `${OTHER}\n\n${reason}`;
    const found = this.counts.get(key);
    if (found !== undefined) found.count += 1;
    else this.begin(key, OTHER, null, reason);
  }

  private begin(key: string, sourceIp: string, slug: string | null, reason: string): void {
    this.counts.set(key, { sourceIp, slug, reason, from: new Date().toISOString(), count: 1 });
  }

  private append(data: RefusalsCounted['data']): void {
    const id = newEventId();
    const facts = {
      tenantId: SYSTEM_TENANT,
      stream: `refusals-${id}`,
      occurredAt: data.to,
      actor: { type: 'service' as const, id: this.spool.gatewayId },
      correlationId: id,
      causationId: null,
      traceparent: null,
    };
    appendEvent(this.spool, callKey(SYSTEM_TENANT, null), 'RefusalsCounted', facts, JSON.stringify(data));
  }
}
