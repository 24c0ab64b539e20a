import { LIVE_EVENTS_PER_SECOND } from '@portcullis/contracts';

const SECOND_MS = 1_000;
/** Part kept for events that are no calls: a flood of calls must not hide a kill switch. */
const RESERVED = 0.1;

/** Counts what was sent within the last second. */
export class RateWindow {
  private readonly sentAt = new Float64Array(LIVE_EVENTS_PER_SECOND).fill(-Infinity);
  private next = 0;

  constructor(
    private readonly now: () => number,
    /** 200 at most. */
    private readonly limit: () => number = () => LIVE_EVENTS_PER_SECOND,
  ) {}

  /** Whether one more may be sent now; counts it if so. */
  take(kind: 'call' | 'other'): boolean {
    const now = this.now();
    if (now - this.sentBefore(kind) < SECOND_MS) return false;
    this.sentAt[this.next] = now;
    this.next = (this.next + 1) % LIVE_EVENTS_PER_SECOND;
    return true;
  }

  /** Milliseconds until a call may be sent. */
  get waitMs(): number {
    return Math.max(0, SECOND_MS - (this.now() - this.sentBefore('call')));
  }

  /** When the oldest of as many as a second may hold was sent. */
  private sentBefore(kind: 'call' | 'other'): number {
    const limit = this.limit();
    const room = kind === 'call' ? limit - Math.ceil(limit * RESERVED) : limit;
    return this.sentAt[(this.next - room + LIVE_EVENTS_PER_SECOND) % LIVE_EVENTS_PER_SECOND] ?? -Infinity;
  }
}
