import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** First bytes of every segment; the digit is the format's version. */
export const SEGMENT_MAGIC = Buffer.from('PCSPOOL1', 'latin1');
export const SEGMENT_BYTES = 64 * 1024 * 1024;

/** A place in the spool; everything before it is older. Offsets count from the beginning of the file. */
export interface SpoolPosition {
  readonly segment: number;
  readonly offset: number;
}

export interface SegmentFile {
  readonly number: number;
  readonly path: string;
  readonly bytes: number;
}

const NAME = /^(\d{10})\.seg$/;

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(10, '0')}.seg`);
}

/** Names bytes of a segment by where they stand. */
export function placeName(segment: number, offset: number): string {
  return `${String(segment).padStart(10, '0')}-${offset}`;
}

/** The segments of a spool, oldest first. */
export function listSegments(directory: string): SegmentFile[] {
  return readdirSync(directory)
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null)
    .map((match) => {
      const number = Number(match[1]);
      const path = segmentPath(directory, number);
      return { number, path, bytes: statSync(path).size };
    })
    .sort((a, b) => a.number - b.number);
}
