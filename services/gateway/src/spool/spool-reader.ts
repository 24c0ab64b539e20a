import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../ports.js';
import { AckFile } from './ack-file.js';
import { Quarantine } from './quarantine.js';
import {
  findRecord,
  INCOMPLETE,
  parseRecord,
  RECORD_HEADER_BYTES,
  RECORD_LIMIT,
  recordBytesAt,
  type SpooledRecord,
} from './record.js';
import { ACK_FILE } from './recover-spool.js';
import { listSegments, placeName, SEGMENT_MAGIC, segmentPath, type SpoolPosition } from './segment.js';
import type { SpoolState } from './spool-state.js';

export interface SpoolBatch {
  /** In the order they were appended; views of one buffer that belongs to this batch. */
  readonly records: readonly SpooledRecord[];
  /** What to acknowledge once the log has taken them. */
  readonly end: SpoolPosition;
  /** More is waiting: the batch was cut by a limit. */
  readonly more: boolean;
}

/**
 * The sender's side of a spool: reads up to the appender's head, in order, keeps the place up to which the log has
 * acknowledged, and deletes segments that lie before it. Files are read through the page cache, so that reading what was
 * just written costs a copy; nothing is held in memory but the batch in hand.
 */
export class SpoolReader {
  private readonly ack: AckFile;
  private readonly quarantine: Quarantine;
  private position: SpoolPosition;
  private fd = -1;

  constructor(
    private readonly directory: string,
    private readonly state: SpoolState,
    log: Log,
  ) {
    this.ack = AckFile.open(join(directory, ACK_FILE));
    this.quarantine = new Quarantine(directory, log);
    this.position = state.acknowledged;
  }

  /** The next records, or null when all are read. The batch before must have been acknowledged. Throws what the disk throws. */
  read(maxRecords: number, maxBytes: number): SpoolBatch | null {
    for (;;) {
      const head = this.state.head;
      const end = this.endOf(this.position.segment, head);
      if (this.position.offset < end) {
        const batch = this.readRecords(end, maxRecords, maxBytes);
        if (batch !== null) return batch;
      } else if (this.position.segment < head.segment) {
        this.leaveSegment(head);
      } else {
        return null;
      }
    }
  }

  /**
   * What follows a batch that is not acknowledged yet, for whoever takes a large one in pieces. Null where `read` has to
   * go on: at the end of the segment, and before damage.
   */
  readOn(after: SpoolPosition, maxRecords: number, maxBytes: number): SpoolBatch | null {
    const end = this.endOf(after.segment, this.state.head);
    return after.offset < end ? this.recordsFrom(after.offset, end, maxRecords, maxBytes) : null;
  }

  /** The log has all records before `end`. */
  acknowledge(end: SpoolPosition): void {
    this.ack.write(end);
    this.state.publishAcknowledged(end);
    this.position = end;
  }

  close(): void {
    this.closeSegment();
    this.ack.close();
  }

  /** Null when there was nothing but damage up to where it got: the position has moved on. */
  private readRecords(end: number, maxRecords: number, maxBytes: number): SpoolBatch | null {
    const start = this.position.offset;
    const batch = this.recordsFrom(start, end, maxRecords, maxBytes);
    if (batch === null) this.setDamageAside(start, end);
    return batch;
  }

  /** Of the segment being read; null when there is no valid record at `start`. */
  private recordsFrom(start: number, end: number, maxRecords: number, maxBytes: number): SpoolBatch | null {
    const { segment } = this.position;
    // One record always fits, whatever the limit.
    const bytes = this.load(
      start,
      Math.min(end, start + Math.max(maxBytes, RECORD_HEADER_BYTES + RECORD_LIMIT)),
    );
    const records: SpooledRecord[] = [];
    let offset = 0;
    while (offset < bytes.length && records.length < maxRecords) {
      const length = recordBytesAt(bytes, offset, bytes.length);
      if (length <= 0) {
        if (length === INCOMPLETE && start + bytes.length < end) break;
        if (records.length > 0) break;
        return null;
      }
      if (records.length > 0 && offset + length > maxBytes) break;
      records.push(parseRecord(bytes, offset, offset + length));
      offset += length;
    }
    return { records, end: { segment, offset: start + offset }, more: start + offset < end };
  }

  private setDamageAside(start: number, end: number): void {
    const bytes = this.load(start, end);
    const next = findRecord(bytes, 1, bytes.length);
    const damaged = next === -1 ? bytes.length : next;
    const name = placeName(this.position.segment, start);
    this.quarantine.keep(name, bytes.subarray(0, damaged), 'their checksum does not fit');
    this.state.add('quarantinedBytes', damaged);
    this.acknowledge({ segment: this.position.segment, offset: start + damaged });
  }

  /** Every record of the segment is acknowledged, and no other will follow in it. */
  private leaveSegment(head: SpoolPosition): void {
    const left = this.position.segment;
    this.closeSegment();
    const next =
      listSegments(this.directory).find((segment) => segment.number > left)?.number ?? head.segment;
    this.acknowledge({ segment: next, offset: SEGMENT_MAGIC.length });
    rmSync(segmentPath(this.directory, left), { force: true });
  }

  private endOf(segment: number, head: SpoolPosition): number {
    if (segment === head.segment) return head.offset;
    return this.open() ? fstatSync(this.fd).size : 0;
  }

  /** False when the segment is gone. */
  private open(): boolean {
    if (this.fd !== -1) return true;
    try {
      this.fd = openSync(segmentPath(this.directory, this.position.segment), 'r');
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  private load(start: number, end: number): Buffer {
    if (!this.open()) throw new Error(`segment ${this.position.segment} of the spool is gone`);
    const bytes = Buffer.allocUnsafe(end - start);
    let read = 0;
    while (read < bytes.length) {
      const count = readSync(this.fd, bytes, read, bytes.length - read, start + read);
      if (count === 0)
        throw new Error(`segment ${this.position.segment} of the spool is shorter than it was`);
      read += count;
    }
    return bytes;
  }

  private closeSegment(): void {
    if (this.fd !== -1) closeSync(this.fd);
    this.fd = -1;
  }
}
