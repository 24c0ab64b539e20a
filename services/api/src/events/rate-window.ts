import { LIVE_EVENTS_PER_SECOND } from '@portcullis/contracts';

const SECOND_MS = 1_000;
/** Kept for events that are no calls: a flood of calls must not hide a kill switch. */
const RESERVED = 20;

/** Counts what was sent within the last second. */
export class RateWindow {
  private readonly sentAt = new Float64Array(LIVE_EVENTS_PER_SECOND).fill(-Infinity);
  private next = 0;

  constructor(private readonly now: () => number) {}

  /** Whether one more may be sent now; counts it if so. */
  take(kind: 'call' | 'other'): boolean {
    const room = kind === 'call' ? RESERVED : 0;
    // The oldest of as many as may be sent in a second.
    const oldest = this.sentAt[(this.next + room) % LIVE_EVENTS_PER_SECOND] ?? -Infinity;
    const now = this.now();
    if (now - oldest < SECOND_MS) return false;
    this.sentAt[this.next] = now;
    this.next = (this.next + 1) % LIVE_EVENTS_PER_SECOND;
    return true;
  }

  /** Milliseconds until a call may be sent. */
  get waitMs(): number {
    const oldest = this.sentAt[(this.next + RESERVED) % LIVE_EVENTS_PER_SECOND] ?? -Infinity;
    return Math.max(0, SECOND_MS - (this.now() - oldest));
  }
}
