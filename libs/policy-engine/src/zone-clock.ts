export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

interface ZonedTime {
  hour: number;
  minute: number;
  weekday: string;
}

/** Wall-clock time in one IANA zone. Throws RangeError on an unknown zone. */
export class ZoneClock {
  private readonly format: Intl.DateTimeFormat;
  private minuteRead = Number.NaN;
  private timeRead: ZonedTime | undefined;

  constructor(readonly zone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      hour: '2-digit',
      minute: '2-digit',
      weekday: 'long',
    });
  }

  /** Undefined when `now` is not a time. The last minute is kept: formatting costs more than a hundred rules. */
  at(now: number): ZonedTime | undefined {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.minuteRead) {
      this.timeRead = this.read(now);
      this.minuteRead = minute;
    }
    return this.timeRead;
  }

  private read(now: number): ZonedTime | undefined {
    if (!Number.isFinite(now) || Math.abs(now) > 8.64e15) return undefined;
    const parts = new Map(this.format.formatToParts(now).map((part) => [part.type, part.value]));
    return {
      hour: Number(parts.get('hour')),
      minute: Number(parts.get('minute')),
      weekday: parts.get('weekday')!.toLowerCase(),
    };
  }
}
