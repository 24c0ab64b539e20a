/** The wait before the next try: doubles from `minMs` to `maxMs`, shortened by up to half at random so that many spread out. */
export function backOffMs(failures: number, minMs: number, maxMs: number): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(failures, 30));
  return full * (0.5 + Math.random() / 2);
}
