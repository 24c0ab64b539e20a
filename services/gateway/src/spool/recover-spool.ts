import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../ports.js';
import { AckFile } from './ack-file.js';
import { Quarantine } from './quarantine.js';
import { findRecord, RECORD_HEADER_BYTES, RECORD_LIMIT, recordBytesAt } from './record.js';
import { listSegments, placeName, SEGMENT_MAGIC, type SegmentFile, type SpoolPosition } from './segment.js';

export const ACK_FILE = 'ack';

export interface RecoveredSpool {
  /** Where the sender goes on. */
  readonly acknowledged: SpoolPosition;
  /** Bytes of the segments that are left, by number, oldest first. */
  readonly sizes: Map<number, number>;
  readonly nextSegment: number;
}

/**
 * Puts a spool folder in order before a new process writes to it: acknowledged segments that a crash left are deleted,
 * and the record a crash tore off at the end of the last segment is cut. Damage in the middle stays for the reader, which
 * saves it and tells. Only the last segment is read, so a full spool does not delay the start.
 */
export function recoverSpool(directory: string, log: Log): RecoveredSpool {
  const ackFile = AckFile.open(join(directory, ACK_FILE));
  ackFile.close();
  const acknowledged = ackFile.position;
  const segments = listSegments(directory);
  const nextSegment = Math.max(segments.at(-1)?.number ?? 0, acknowledged?.segment ?? 0) + 1;
  const kept = segments.filter((segment) => {
    const done = acknowledged !== null && segment.number < acknowledged.segment;
    if (done) rmSync(segment.path, { force: true });
    return !done;
  });
  for (const segment of kept) refuseNewerFormat(segment);
  const sizes = new Map(kept.map((segment) => [segment.number, segment.bytes]));
  const last = kept.at(-1);
  if (last !== undefined) {
    const bytes = cutTornTail(last, new Quarantine(directory, log));
    if (bytes === 0) sizes.delete(last.number);
    else sizes.set(last.number, bytes);
  }
  const first = kept.find((segment) => sizes.has(segment.number))?.number ?? nextSegment;
  const start = { segment: first, offset: SEGMENT_MAGIC.length };
  return { acknowledged: acknowledged?.segment === first ? acknowledged : start, sizes, nextSegment };
}

/** Bytes that are left: up to the end of the segment's last valid record, or 0 when it held none and is gone. */
function cutTornTail(segment: SegmentFile, quarantine: Quarantine): number {
  const bytes = readFileSync(segment.path);
  const end = endOfLastRecord(bytes);
  const tail = bytes.subarray(end, end + RECORD_HEADER_BYTES + RECORD_LIMIT);
  if (tail.length > 0)
    quarantine.keep(placeName(segment.number, end), tail, 'a crash tore the end of the spool');
  if (end === SEGMENT_MAGIC.length) {
    unlinkSync(segment.path);
    return 0;
  }
  const fd = openSync(segment.path, 'r+');
  try {
    if (tail.length > 0) ftruncateSync(fd, end);
    // What the process before wrote may not be on disk yet.
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return end;
}

/** Damage before the last valid record is skipped: the reader deals with it. */
function endOfLastRecord(bytes: Buffer): number {
  let end = SEGMENT_MAGIC.length;
  let offset = end;
  while (offset !== -1 && offset < bytes.length) {
    const length = recordBytesAt(bytes, offset, bytes.length);
    if (length > 0) {
      offset += length;
      end = offset;
    } else {
      offset = findRecord(bytes, offset + 1, bytes.length);
    }
  }
  return end;
}

/** A spool that a later version wrote, after a downgrade: reading it as damage would set its records aside. */
function refuseNewerFormat(segment: SegmentFile): void {
  const start = Buffer.alloc(SEGMENT_MAGIC.length);
  const fd = openSync(segment.path, 'r');
  try {
    readSync(fd, start, 0, start.length, 0);
  } finally {
    closeSync(fd);
  }
  const family = SEGMENT_MAGIC.length - 1;
  const ours =
    start.equals(SEGMENT_MAGIC) || !start.subarray(0, family).equals(SEGMENT_MAGIC.subarray(0, family));
  const digit = start[family] as number;
  if (!ours && digit >= 0x30 && digit <= 0x39) {
    throw new Error(`${segment.path} was written by a newer version of the gateway`);
  }
}
