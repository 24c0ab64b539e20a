import { setTimeout as sleep } from 'node:timers/promises';

export interface RepeatOptions {
  readonly everyMs: number;
  /** Told of every failure; the work is tried again at its next turn. */
  readonly onError: (error: unknown) => void;
}

/** Runs work again and again, one run at a time. `stop` resolves when the run in progress has ended. */
export function repeat(
  work: (signal: AbortSignal) => Promise<void>,
  options: RepeatOptions,
): { stop(): Promise<void> } {
  const abort = new AbortController();
  const loop = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      try {
        await work(abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) options.onError(error);
      }
      await sleep(options.everyMs, undefined, { signal: abort.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}
