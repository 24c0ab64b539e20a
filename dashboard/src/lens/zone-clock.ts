import { wallTime } from './time-range.js';

const QUARTER_MS = 900_000;
/** Offsets by zone and quarter of an hour: no zone changes its clock in between, and asking the formatter for each row is slow. */
const offsets = new Map<string, Map<number, number>>();

/** `11-27 15:46:09.383` in the zone, for tables of thousands of rows. */
export function zoneClock(time: string, zone: string): string {
  const instant = Date.parse(time);
  if (Number.isNaN(instant)) return '';
  return new Date(instant + offsetAt(instant, zone)).toISOString().slice(5, 23).replace('T', ' ');
}

function offsetAt(instant: number, zone: string): number {
  const known = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, known);
  const quarter = Math.floor(instant / QUARTER_MS);
  let offset = known.get(quarter);
  if (offset === undefined) {
    const start = quarter * QUARTER_MS;
    offset = Date.parse(`${wallTime(start, zone)}Z`) - start;
    known.set(quarter, offset);
  }
  return offset;
}
