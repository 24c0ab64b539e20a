import { closeSync, openSync, readSync } from 'node:fs';
import { segmentPath } from './segment.js';
import type { SpoolState } from './spool-state.js';

/** The envelope's time stands near its beginning: `recording/envelope.ts`. */
const LOOK_BYTES = 4 * 1024;
const OCCURRED_AT = /"occurredAt":"([^"]{10,40})"/;

/** When the oldest record the log has not taken yet was made, in milliseconds since the epoch; null when all are sent. */
export function oldestUnsentAt(directory: string, state: SpoolState): number | null {
  const { acknowledged, head } = state;
  if (acknowledged.segment === head.segment && acknowledged.offset === head.offset) return null;
  const text = textAt(segmentPath(directory, acknowledged.segment), acknowledged.offset);
  const time = Date.parse(OCCURRED_AT.exec(text)?.[1] ?? '');
  return Number.isNaN(time) ? null : time;
}

/** Empty when the segment has just been deleted, or ends there. */
function textAt(path: string, offset: number): string {
  try {
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(LOOK_BYTES);
      return bytes.toString('latin1', 0, readSync(fd, bytes, 0, LOOK_BYTES, offset));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
