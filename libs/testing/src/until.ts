export interface UntilOptions {
  timeoutMs?: number;
  intervalMs?: number;
  /** What is waited for: the error's text when it does not come. */
  describe?: string;
}

/**
 * Waits until `condition` answers something other than false, null or undefined and resolves with it. A condition
 * that throws counts as not yet; its last error is the cause when time runs out.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 20, describe = 'condition' }: UntilOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined)
        return value as NonNullable<Exclude<T, false>>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= deadline)
      throw new Error(`Timed out after ${timeoutMs} ms waiting for ${describe}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
