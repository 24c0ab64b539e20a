const UNITS: readonly (readonly [unit: 'day' | 'hour' | 'minute' | 'second', ms: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`, `in 4 h`; beyond 30 days the date. */
export function relativeTime(at: Date, now: Date, zone: string): string {
  const distance = at.getTime() - now.getTime();
  const size = Math.abs(distance);
  if (Number.isNaN(size)) return 'unknown';
  if (size < 1_000) return 'now';
  if (size > 30 * 86_400_000) return dateText(at, zone);
  const [unit, ms] = UNITS.find(([, length]) => size >= length) ?? ['second', 1_000];
  const count = Math.floor(size / ms);
  const name = { day: 'd', hour: 'h', minute: 'min', second: 's' }[unit];
  return distance < 0 ? `${count} ${name} ago` : `in ${count} ${name}`;
}

/** `2026-11-27 14:03:09.120 UTC`: sortable, with the zone's short name. */
export function absoluteTime(at: Date, zone: string): string {
  if (Number.isNaN(at.getTime())) return 'unknown';
  const parts = partsOf(at, zone);
  const ms = String(at.getUTCMilliseconds()).padStart(3, '0');
  return `${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']}:${parts['second']}.${ms} ${parts['timeZoneName']}`;
}

/** `2026-11-27`. */
export function dateText(at: Date, zone: string): string {
  const parts = partsOf(at, zone);
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
}

/** `14:03:09`. */
export function clockText(at: Date, zone: string): string {
  const parts = partsOf(at, zone);
  return `${parts['hour']}:${parts['minute']}:${parts['second']}`;
}

/** How long something took: `0.42 ms`, `38 ms`, `1.2 s`, `3 min 5 s`, `2 h 4 min`. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(at: Date, zone: string): Record<string, string> {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}
