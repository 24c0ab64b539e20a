const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `30s`, `5m`, `2h`, `1d`; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^([1-9][0-9]{0,6})(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2]!]! : null;
}
