import { SEGMENT_MAGIC, segmentPath } from './segment.js';
import type { SpoolDisk } from './spool-disk.js';

type Descriptor = number;

/** Writes the segments of a spool one after another. A write that fails leaves nothing a reader could see. */
export class SegmentWriter {
  private fd: Descriptor;
  private end = SEGMENT_MAGIC.length;
  /** Segments that were left since the last sync. */
  private retired: Descriptor[] = [];
  private folderChanged = true;
  private readonly folder: Descriptor;

  constructor(
    private readonly directory: string,
    private number: number,
    private readonly disk: SpoolDisk,
  ) {
    this.folder = disk.openSync(directory, 'r');
    this.fd = this.create(number);
  }

  get segment(): number {
    return this.number;
  }
  get offset(): number {
    return this.end;
  }

  /** At the end of the segment in use; all of it or an error. */
  write(bytes: Uint8Array, length: number): void {
    let written = 0;
    try {
      while (written < length) {
        written += this.disk.writeSync(this.fd, bytes, written, length - written, this.end + written);
      }
    } catch (error) {
      if (written > 0) this.cutTail();
      throw error;
    }
    this.end += length;
  }

  /** Starts the next segment; on an error the one in use stays. */
  roll(): void {
    const fd = this.create(this.number + 1);
    this.retired.push(this.fd);
    this.fd = fd;
    this.number += 1;
    this.end = SEGMENT_MAGIC.length;
    this.folderChanged = true;
  }

  /**
   * After a failed sync the kernel may call clean what it could not write, so what comes next goes into a fresh segment:
   * a sync that then succeeds can be believed. Returns whether it is a new one.
   */
  renew(): boolean {
    if (this.end > SEGMENT_MAGIC.length) {
      this.roll();
      return true;
    }
    this.disk.writeSync(this.fd, SEGMENT_MAGIC, 0, SEGMENT_MAGIC.length, 0);
    this.folderChanged = true;
    return false;
  }

  /** Makes everything durable that was written before the call, the folder's entries included. */
  async sync(): Promise<void> {
    const retired = this.retired;
    const folderChanged = this.folderChanged;
    this.retired = [];
    this.folderChanged = false;
    try {
      for (const fd of [...retired, this.fd]) await called((done) => this.disk.fdatasync(fd, done));
      if (folderChanged) await called((done) => this.disk.fsync(this.folder, done));
    } finally {
      for (const fd of retired) this.disk.closeSync(fd);
    }
  }

  close(): void {
    for (const fd of [...this.retired, this.fd, this.folder]) this.disk.closeSync(fd);
  }

  private create(number: number): Descriptor {
    const path = segmentPath(this.directory, number);
    const fd = this.disk.openSync(path, 'wx', 0o600);
    try {
      this.disk.writeSync(fd, SEGMENT_MAGIC, 0, SEGMENT_MAGIC.length, 0);
      return fd;
    } catch (error) {
      this.disk.closeSync(fd);
      this.disk.unlinkSync(path);
      throw error;
    }
  }

  /** The next write would cover the tail anyway; cutting it spares a recovery the look at it. */
  private cutTail(): void {
    try {
      this.disk.ftruncateSync(this.fd, this.end);
    } catch {
      // The disk is failing: the write's own error is the one to report.
    }
  }
}

function called(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}
