import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { AuditUnavailable, type Log } from '../ports.js';
import { GroupCommit } from './group-commit.js';
import { RecordEncoder } from './record.js';
import { recoverSpool } from './recover-spool.js';
import { SEGMENT_BYTES, SEGMENT_MAGIC } from './segment.js';
import { SegmentWriter } from './segment-writer.js';
import { NODE_DISK, type SpoolDisk } from './spool-disk.js';
import { SpoolLock } from './spool-lock.js';
import { SpoolState } from './spool-state.js';

export interface SpoolOptions {
  readonly directory: string;
  readonly gatewayId: string;
  readonly maxBytes: number;
  readonly log: Log;
  readonly segmentBytes?: number;
  readonly disk?: SpoolDisk;
}

/** A sync begins this long after the first write it covers; with its own time it ends within 50 ms. */
const COMMIT_DELAY_MS = 25;
const WARN_AT = 0.8;
/** How soon a spool whose sync failed is tried again. */
const REPAIR_MS = 250;

/**
 * The append side of the gateway's local spool: numbered segments in one folder, written by this process alone and read
 * by the sender. An append is one synchronous `write` of about 4 us: what it returned for survives the process, and the
 * machine too once the next group commit has ended.
 *
 * Fails closed: while the disk refuses, or the spool is full, appends throw `AuditUnavailable`, leave no trace and use up
 * no sequence number. The first append that works again ends it.
 */
export class Spool {
  /** A new one for each process; sequence numbers are dense within it. */
  readonly epoch = randomUUID();
  readonly state = new SpoolState();
  readonly directory: string;
  readonly gatewayId: string;
  private readonly lock: SpoolLock;
  private readonly log: Log;
  private readonly maxBytes: number;
  private readonly segmentBytes: number;
  private readonly encoder = new RecordEncoder();
  private readonly writer: SegmentWriter;
  private readonly commit: GroupCommit;
  /** Bytes of the segments that may still be on disk, by number, oldest first. */
  private readonly sizes: Map<number, number>;
  private bytes = 0;
  private sequence = 0;
  private refused = 0;
  private fault: string | null = null;
  private nearlyFull = false;
  private suspect = false;
  private repair: NodeJS.Timeout | null = null;

  /** Takes the folder, mends what a crash left, and begins a segment and an epoch of its own. Throws `SpoolLocked`. */
  constructor(options: SpoolOptions) {
    this.directory = options.directory;
    this.gatewayId = options.gatewayId;
    this.log = options.log;
    this.maxBytes = options.maxBytes;
    this.segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.lock = SpoolLock.acquire(this.directory);
    try {
      const recovered = recoverSpool(this.directory, this.log);
      this.sizes = recovered.sizes;
      for (const size of this.sizes.values()) this.bytes += size;
      this.state.publishAcknowledged(recovered.acknowledged);
      this.writer = new SegmentWriter(this.directory, recovered.nextSegment, options.disk ?? NODE_DISK);
    } catch (error) {
      this.lock.release();
      throw error;
    }
    this.commit = new GroupCommit(
      () => this.writer.sync(),
      COMMIT_DELAY_MS,
      (error) => this.syncFailed(error),
    );
    this.grown(SEGMENT_MAGIC.length);
    this.commit.dirty();
  }

  /** The number the next append must carry. */
  get nextSequence(): number {
    return this.sequence;
  }

  /** Bytes on disk, those included that are sent but share a segment with others that are not. */
  get usedBytes(): number {
    this.forgetDeleted();
    return this.bytes;
  }

  get status(): { ok: boolean; detail?: string } {
    if (this.fault !== null) return { ok: false, detail: this.fault };
    return this.nearlyFull ? { ok: true, detail: `over ${WARN_AT * 100}% full` } : { ok: true };
  }

  /**
   * Written when it returns. A `final` record ends a call that was admitted: one more segment is held in reserve for
   * these. Throws `AuditUnavailable`, or `RecordTooLarge` when the caller must shorten the record.
   */
  append(type: string, key: string, json: string, final = false): void {
    const length = this.encoder.encode(type, key, json);
    try {
      if (this.suspect) throw new Error('the last sync of the spool failed');
      this.reserve(length, final);
      if (this.writer.offset + length > this.segmentBytes) this.roll();
      this.writer.write(this.encoder.bytes, length);
    } catch (cause) {
      this.failed(cause);
      throw new AuditUnavailable('the audit record could not be spooled', { cause });
    }
    this.sequence += 1;
    this.grown(length);
    this.commit.dirty();
    if (this.fault !== null) this.recovered();
  }

  /** The record with the next number is lost, as its audit class permits: the gap in the numbers tells of it. */
  skip(): void {
    this.sequence += 1;
  }

  /** Resolves when everything appended so far is on disk. Rejects with `AuditUnavailable`. */
  async durable(): Promise<void> {
    try {
      await this.commit.flushed();
    } catch (cause) {
      throw new AuditUnavailable('the audit record could not be made durable', { cause });
    }
  }

  /** Makes everything durable and frees the folder. The sender must have stopped. */
  async close(): Promise<void> {
    if (this.repair !== null) clearTimeout(this.repair);
    await this.commit.flushed().catch(() => undefined);
    if (this.repair !== null) clearTimeout(this.repair);
    this.commit.stop();
    this.writer.close();
    this.lock.release();
  }

  private reserve(length: number, final: boolean): void {
    const warnAt = this.maxBytes * WARN_AT;
    if (this.bytes + length > warnAt) this.forgetDeleted();
    const wanted = this.bytes + length;
    if (wanted > warnAt !== this.nearlyFull) this.warn(wanted > warnAt);
    const limit = final ? this.maxBytes + this.segmentBytes : this.maxBytes;
    if (wanted > limit) throw new Error(`the spool is full (${this.maxBytes} bytes)`);
  }

  private warn(nearlyFull: boolean): void {
    this.nearlyFull = nearlyFull;
    const figures = { bytes: this.bytes, limit: this.maxBytes };
    if (nearlyFull) this.log.error(figures, 'the spool is over 80% full; at its limit calls are refused');
    else this.log.info(figures, 'the spool is below 80% again');
  }

  private roll(): void {
    this.writer.roll();
    this.forgetDeleted();
    this.grown(SEGMENT_MAGIC.length);
  }

  private grown(length: number): void {
    this.bytes += length;
    this.sizes.set(this.writer.segment, this.writer.offset);
    this.state.publishHead(this.writer.segment, this.writer.offset);
  }

  /** The sender deletes; what it deleted is what lies before the acknowledged segment. */
  private forgetDeleted(): void {
    const { segment } = this.state.acknowledged;
    for (const [number, size] of this.sizes) {
      if (number >= segment) return;
      this.sizes.delete(number);
      this.bytes -= size;
    }
  }

  private failed(cause: unknown): void {
    this.refused += 1;
    if (this.fault !== null) return;
    this.fault = cause instanceof Error ? cause.message : String(cause);
    this.log.error(
      { err: cause, directory: this.directory },
      'the spool takes no records; calls are refused until it does',
    );
  }

  private recovered(): void {
    this.log.info({ refused: this.refused }, 'the spool takes records again');
    this.fault = null;
    this.refused = 0;
  }

  private syncFailed(error: unknown): void {
    this.suspect = true;
    this.failed(error);
    this.repair ??= setTimeout(() => this.mend(), REPAIR_MS).unref();
  }

  private mend(): void {
    this.repair = null;
    try {
      if (this.writer.renew()) this.grown(SEGMENT_MAGIC.length);
    } catch (error) {
      this.syncFailed(error);
      return;
    }
    this.commit.flushed().then(
      () => {
        this.suspect = false;
      },
      () => undefined,
    );
  }
}
