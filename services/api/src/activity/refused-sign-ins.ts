import { SYSTEM_TENANT, type ApiActivityData } from '@portcullis/contracts';
import type { ActivityLog } from './activity-log.js';

type Reason = ApiActivityData<'SignInsRefused'>['reason'];

/** Sources told apart at a time; the rest are one for each reason. So a flood from everywhere is a few rows a second at most. */
const MOST_SOURCES = 50;
const OTHER = 'other';

/** Counts sign-ins at no account that exists, so that a flood of them is a few rows: `flush` every 10 s. */
export class RefusedSignIns {
  #counts = new Map<string, { readonly sourceIp: string; readonly reason: Reason; count: number }>();
  #from: string;

  constructor(
    private readonly activity: ActivityLog,
    private readonly now: () => Date,
  ) {
    this.#from = now().toISOString();
  }

  get sources(): number {
    return this.#counts.size;
  }

  count(address: string, reason: Reason, times = 1): void {
    const known = this.#counts.has(`${reason}|${address}`) || this.#counts.size < MOST_SOURCES;
    const sourceIp = known ? address.slice(0, 64) : OTHER;
    const key = `${reason}|${sourceIp}`;
    const counted = this.#counts.get(key) ?? { sourceIp, reason, count: 0 };
    counted.count += times;
    this.#counts.set(key, counted);
  }

  /** Rejects when the counts could not be kept; they are then counted on with the next. */
  async flush(): Promise<void> {
    const [counts, from] = [this.#counts, this.#from];
    const to = this.now().toISOString();
    this.#counts = new Map();
    this.#from = to;
    try {
      await this.activity.record(
        ...[...counts.values()].map((data) => ({
          type: 'SignInsRefused' as const,
          tenantId: SYSTEM_TENANT,
          actor: { type: 'service' as const, id: 'api' },
          data: { ...data, from, to },
        })),
      );
    } catch (error) {
      for (const { sourceIp, reason, count } of counts.values()) this.count(sourceIp, reason, count);
      this.#from = from;
      throw error;
    }
  }
}
