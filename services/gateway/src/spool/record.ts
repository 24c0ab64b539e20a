import { crc32c } from './crc32c.js';

/**
 * One record on disk: payload length and CRC32C of the payload, both uint32 little-endian, then the payload:
 * `<event type>\n<log key>\n<envelope as JSON>` in UTF-8. Type and key stand in front so that the sender need not parse.
 */
export const RECORD_HEADER_BYTES = 8;
/** Longest payload. Larger calls are recorded by digest (recording/). */
export const RECORD_LIMIT = 256 * 1024;

/** The payload is over `RECORD_LIMIT`; nothing was written. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
}

/** Encodes into one buffer that is used again for the next record: an append allocates nothing. */
export class RecordEncoder {
  // Room for one more character than the limit: a payload that was cut is seen by being over it.
  readonly bytes = Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES + RECORD_LIMIT + 4);

  /** Bytes of the whole record, which starts at the beginning of `bytes`. */
  encode(type: string, key: string, json: string): number {
    const length = this.bytes.write(`${type}\n${key}\n${json}`, RECORD_HEADER_BYTES, 'utf8');
    if (length > RECORD_LIMIT) throw new RecordTooLarge(`a ${type} record is over ${RECORD_LIMIT} bytes`);
    const end = RECORD_HEADER_BYTES + length;
    this.bytes.writeUInt32LE(length, 0);
    this.bytes.writeUInt32LE(crc32c(this.bytes, RECORD_HEADER_BYTES, end), 4);
    return end;
  }
}

/** What stands at `offset`: the bytes of a whole valid record, or one of the two below. */
export const INCOMPLETE = 0;
export const CORRUPT = -1;

export function recordBytesAt(bytes: Buffer, offset: number, end: number): number {
  if (end - offset < RECORD_HEADER_BYTES) return INCOMPLETE;
  const length = bytes.readUInt32LE(offset);
  if (length === 0 || length > RECORD_LIMIT) return CORRUPT;
  const start = offset + RECORD_HEADER_BYTES;
  if (start + length > end) return INCOMPLETE;
  return crc32c(bytes, start, start + length) === bytes.readUInt32LE(offset + 4)
    ? RECORD_HEADER_BYTES + length
    : CORRUPT;
}

/**
 * Start of the next valid record from `offset` on, or -1. A payload cannot hold something that looks like a record:
 * the length's last byte is zero, and a zero byte occurs in no JSON text.
 */
export function findRecord(bytes: Buffer, offset: number, end: number): number {
  for (
    let zero = bytes.indexOf(0, offset + 3);
    zero !== -1 && zero < end;
    zero = bytes.indexOf(0, zero + 1)
  ) {
    if (recordBytesAt(bytes, zero - 3, end) > 0) return zero - 3;
  }
  return -1;
}

export interface SpooledRecord {
  readonly type: string;
  readonly key: string;
  /** UTF-8 JSON of the envelope. */
  readonly value: Uint8Array;
}

/** Splits the payload of the valid record that spans `offset` to `end`. The value is a view of `bytes`. */
export function parseRecord(bytes: Buffer, offset: number, end: number): SpooledRecord {
  const start = offset + RECORD_HEADER_BYTES;
  const typeEnd = bytes.indexOf(10, start);
  const keyEnd = bytes.indexOf(10, typeEnd + 1);
  return {
    type: bytes.toString('utf8', start, typeEnd),
    key: bytes.toString('utf8', typeEnd + 1, keyEnd),
    value: bytes.subarray(keyEnd + 1, end),
  };
}
