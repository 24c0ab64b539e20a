import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { crc32c } from './crc32c.js';
import type { SpoolPosition } from './segment.js';

const SLOT_BYTES = 32;
const CHECKED_BYTES = 24;

/**
 * Up to where the log has acknowledged. Two slots are written in turn, so that a write that tears leaves the one before.
 * It is not fsynced: after a power cut a few records are sent again, and consumers know them by their id.
 */
export class AckFile {
  private generation = 0;

  private constructor(
    private fd: number,
    private last: SpoolPosition | null,
  ) {}

  static open(path: string): AckFile {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const bytes = Buffer.alloc(2 * SLOT_BYTES);
    readSync(fd, bytes, 0, bytes.length, 0);
    const file = new AckFile(fd, null);
    for (const start of [0, SLOT_BYTES]) {
      const generation = Number(bytes.readBigUInt64LE(start));
      const valid = bytes.readUInt32LE(start + CHECKED_BYTES) === crc32c(bytes, start, start + CHECKED_BYTES);
      if (!valid || generation <= file.generation) continue;
      file.generation = generation;
      file.last = {
        segment: Number(bytes.readBigUInt64LE(start + 8)),
        offset: Number(bytes.readBigUInt64LE(start + 16)),
      };
    }
    return file;
  }

  /** Null when nothing was ever acknowledged, or neither slot is whole: everything still there is sent again. */
  get position(): SpoolPosition | null {
    return this.last;
  }

  write(position: SpoolPosition): void {
    const generation = this.generation + 1;
    const slot = Buffer.alloc(SLOT_BYTES);
    slot.writeBigUInt64LE(BigInt(generation), 0);
    slot.writeBigUInt64LE(BigInt(position.segment), 8);
    slot.writeBigUInt64LE(BigInt(position.offset), 16);
    slot.writeUInt32LE(crc32c(slot, 0, CHECKED_BYTES), CHECKED_BYTES);
    writeSync(this.fd, slot, 0, SLOT_BYTES, (generation % 2) * SLOT_BYTES);
    this.generation = generation;
    this.last = position;
  }

  close(): void {
    if (this.fd !== -1) closeSync(this.fd);
    // The number may come round for another file: a late write must fail.
    this.fd = -1;
  }
}
