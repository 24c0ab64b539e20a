const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const UNIT_NAMES = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;

export interface TimeChoice {
  readonly from: string;
  readonly to: string;
}

export const RELATIVE_RANGES: readonly string[] = [
  'now-15m',
  'now-1h',
  'now-4h',
  'now-24h',
  'now-7d',
  'now-30d',
  'now-90d',
];

/** A moment as the page's address writes it, in milliseconds; null when it is none. */
export function instantOf(text: string, now: number): number | null {
  const relative = /^now(?:-(\d{1,6})([smhdw]))?$/.exec(text);
  if (relative) return now - Number(relative[1] ?? 0) * UNIT_MS[(relative[2] ?? 's') as keyof typeof UNIT_MS];
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) || !text.includes(':') ? text : `${text}Z`;
  const parsed = Date.parse(zoned);
  return Number.isNaN(parsed) ? null : parsed;
}

/** The range with every relative time made absolute, as a link that is sent must have it. */
export function frozen({ from, to }: TimeChoice, now: number): TimeChoice {
  const absolute = (text: string) => new Date(instantOf(text, now) ?? now).toISOString();
  return { from: absolute(from), to: absolute(to) };
}

export function isRelative({ from, to }: TimeChoice): boolean {
  return from.startsWith('now') || to.startsWith('now');
}

/** "Last 24 hours", or the two moments in the zone. */
export function rangeLabel({ from, to }: TimeChoice, zone: string): string {
  const relative = /^now-(\d{1,6})([smhdw])$/.exec(from);
  if (relative && to === 'now') {
    const [, count = '', unit = 's'] = relative;
    const name = UNIT_NAMES[unit as keyof typeof UNIT_NAMES];
    return count === '1' ? `Last ${name}` : `Last ${count} ${name}s`;
  }
  return `${momentLabel(from, zone)} – ${momentLabel(to, zone)}`;
}

function momentLabel(text: string, zone: string): string {
  if (text === 'now') return 'now';
  if (text.startsWith('now-')) return `${text.slice(4)} ago`;
  const instant = instantOf(text, 0);
  if (instant === null) return text;
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
    .format(instant)
    .replace(/:00$/, '');
}

/** `2026-06-01T12:30:00` of a zone, as a date input holds it. */
export function wallTime(instant: number, zone: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}:${parts['second']}`;
}

/** The moment that a clock in the zone shows; the first of two when the clock was set back. Null when it is none. */
export function instantOfWallTime(wall: string, zone: string): number | null {
  const asUtc = Date.parse(`${wall.length === 16 ? `${wall}:00` : wall}Z`);
  if (Number.isNaN(asUtc)) return null;
  const offsetAt = (instant: number) =>
    Date.parse(`${wallTime(instant, zone)}Z`) - Math.floor(instant / 1000) * 1000;
  // The offset may differ at the guess and at the result: around a change of the clock the second look settles it.
  const guesses = [offsetAt(asUtc - 86_400_000), offsetAt(asUtc + 86_400_000)].map(
    (offset) => asUtc - offset,
  );
  return guesses.find((guess) => wallTime(guess, zone) === wallTime(asUtc, 'UTC')) ?? guesses[0] ?? null;
}
