export interface BackOffOptions {
  readonly minMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACK_OFF: BackOffOptions = { minMs: 100, maxMs: 5_000 };

/** Waits that double from `minMs` to `maxMs`, each shortened by up to half at random so that readers spread out. */
export class BackOff {
  #failures = 0;

  constructor(private readonly options: BackOffOptions = DEFAULT_BACK_OFF) {}

  reset(): void {
    this.#failures = 0;
  }

  /** Resolves after the next wait, or at once when the signal aborts. */
  async wait(signal?: AbortSignal): Promise<void> {
    const { minMs, maxMs } = this.options;
    const full = Math.min(maxMs, minMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    await pause(full * (0.5 + Math.random() / 2), signal);
  }
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
