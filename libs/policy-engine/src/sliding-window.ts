export interface Take {
  ok: boolean;
  /** When not ok: the earliest time at which one more call could be taken. 0 when ok. */
  retryAfterMs: number;
}

export interface Limit {
  calls: number;
  perMs: number;
}

const ENTRIES = 64;

/**
 * Calls of one counter in the last `perMs`. Never admits more than `calls` in any window of that length, at whole
 * milliseconds. Up to 64 calls it is an exact log; above, calls are noted in steps of a 64th of the window and a
 * step counts until its last instant has left, so a call may be refused up to a 64th of the window too long, never
 * admitted too early. Memory: at most 66 live entries, 2 KB, whatever the limit.
 */
export class SlidingWindow {
  /** Last instant each entry stands for, ascending, and the calls it holds; the live ones start at `head`. */
  private times: number[] = [];
  private counts: number[] = [];
  private head = 0;
  private total = 0;
  private latest = Number.NEGATIVE_INFINITY;

  /** Counts a call if the limit has room. A refused call uses up nothing. A clock that goes back is taken to stand still. */
  take(limit: Limit, now: number): Take {
    const at = (this.latest = Math.max(this.latest, Math.floor(now)));
    this.forget(at - limit.perMs);
    if (this.total >= limit.calls) return { ok: false, retryAfterMs: this.roomAt(limit) - at };
    const step = limit.calls <= ENTRIES ? 1 : Math.ceil(limit.perMs / ENTRIES);
    const instant = Math.floor(at / step) * step + step - 1;
    const last = this.times.length - 1;
    if (last >= this.head && this.times[last]! >= instant) {
      this.counts[last]!++;
    } else {
      this.times.push(instant);
      this.counts.push(1);
    }
    this.total++;
    return { ok: true, retryAfterMs: 0 };
  }

  private forget(until: number): void {
    while (this.head < this.times.length && this.times[this.head]! <= until)
      this.total -= this.counts[this.head++]!;
    if (this.head > ENTRIES || this.head === this.times.length) {
      this.times = this.times.slice(this.head);
      this.counts = this.counts.slice(this.head);
      this.head = 0;
    }
  }

  private roomAt(limit: Limit): number {
    let total = this.total;
    let entry = this.head;
    while (total >= limit.calls) total -= this.counts[entry++]!;
    return this.times[entry - 1]! + limit.perMs;
  }
}
