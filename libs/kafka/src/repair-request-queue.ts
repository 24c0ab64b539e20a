interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

const CHECK_INTERVAL_MS = 10;

/**
 * In kafkajs 2.2.4 each connection wakes up every millisecond for good, idle or not, by a timer with a negative delay
 * that Node 24 also warns of (its issues 1556 and 1751, never released). Here it wakes up while requests wait. Can go
 * with a kafkajs that has its pull request 1667.
 */
export async function repairRequestQueue(): Promise<void> {
  // The path is no literal: the package has no types for its insides.
  const path: string = 'kafkajs/src/network/requestQueue/index.js';
  const { default: queue } = (await import(path)) as {
    default: { prototype: { scheduleCheckPendingRequests(this: RequestQueue): void } };
  };
  queue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(this.throttledUntil - Date.now(), CHECK_INTERVAL_MS),
    );
  };
}
