/**
 * Server-sent events, as the HTML standard defines them, cut out of chunks of any size. Bounded: an event longer
 * than the limit ends the stream with `SseTooLong`.
 */
export interface SseEvent {
  /** The event's bytes with its blank line, as received: write them on and nothing is lost. */
  readonly raw: Buffer;
  /** Lines of `data` joined; undefined when the block had none (a comment, an id, a retry time). */
  readonly data: Buffer | undefined;
  /** Value of the last `id` field of this block. */
  readonly id: string | undefined;
  /** Value of the last `event` field; empty means `message`. */
  readonly type: string;
}

export class SseTooLong extends Error {
  override readonly name = 'SseTooLong';
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const EMPTY: readonly SseEvent[] = [];
const NEWLINE = Buffer.from('\n');
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export class SseParser {
  /** Bytes of the block that is not finished yet, at the start of `buffer`. */
  private buffer: Buffer = Buffer.alloc(0);
  /** Whether `buffer` is ours to write into: a received chunk is not. */
  private owned = false;
  private length = 0;
  /** Where the next byte to look at is. */
  private position = 0;
  private lineStart = 0;
  /** A line ended with CR at the very end of what was received: an LF that follows belongs to it. */
  private afterCarriageReturn = false;
  private atStreamStart = true;

  constructor(private readonly maxEventBytes: number) {}

  /** Events completed by this chunk. The bytes of events stay valid. */
  push(chunk: Buffer): readonly SseEvent[] {
    this.append(chunk);
    let events: SseEvent[] | undefined;
    let blockStart = 0;
    const { buffer, length } = this;
    if (this.atStreamStart && length >= BYTE_ORDER_MARK.length) {
      this.atStreamStart = false;
      if (buffer.subarray(0, 3).equals(BYTE_ORDER_MARK)) {
        blockStart = 3;
        this.position = Math.max(this.position, 3);
        this.lineStart = Math.max(this.lineStart, 3);
      }
    }
    while (this.position < length) {
      if (this.afterCarriageReturn) {
        this.afterCarriageReturn = false;
        if (buffer[this.position] === LF) {
          // The line end was already acted on; when it ended a block, the LF belongs to no block.
          if (this.position === blockStart) blockStart += 1;
          this.position += 1;
          this.lineStart = this.position;
          continue;
        }
      }
      const end = nextLineEnd(buffer, this.position, length);
      if (end < 0) {
        this.position = length;
        break;
      }
      const blank = end === this.lineStart;
      let next = end + 1;
      if (buffer[end] === CR) {
        if (next < length) {
          if (buffer[next] === LF) next += 1;
        } else {
          this.afterCarriageReturn = true;
        }
      }
      if (blank) {
        (events ??= []).push(readEvent(buffer.subarray(blockStart, next), this.maxEventBytes));
        blockStart = next;
      }
      this.position = next;
      this.lineStart = next;
    }
    this.drop(blockStart);
    if (this.length > this.maxEventBytes)
      throw new SseTooLong(`An event is longer than ${this.maxEventBytes} bytes.`);
    return events ?? EMPTY;
  }

  /** True when the stream stopped in the middle of an event: its bytes are to be ignored. */
  get unfinished(): boolean {
    return this.length > 0;
  }

  private append(chunk: Buffer): void {
    const needed = this.length + chunk.length;
    if (this.length === 0) {
      this.buffer = chunk;
      this.owned = false;
    } else if (needed > this.buffer.length || !this.owned) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.length));
      this.buffer.copy(larger, 0, 0, this.length);
      chunk.copy(larger, this.length);
      this.buffer = larger;
      this.owned = true;
    } else {
      chunk.copy(this.buffer, this.length);
    }
    this.length = needed;
  }

  private drop(count: number): void {
    if (count === 0) return;
    this.buffer = this.buffer.subarray(count);
    this.length -= count;
    this.position -= count;
    this.lineStart -= count;
    this.atStreamStart = false;
  }
}

function nextLineEnd(buffer: Buffer, from: number, length: number): number {
  // Most events are one long line: a native search beats a walk, and CR alone is rare.
  const lineFeed = buffer.indexOf(LF, from);
  const limit = lineFeed < 0 || lineFeed >= length ? length : lineFeed;
  const carriageReturn = buffer.subarray(from, limit).indexOf(CR);
  if (carriageReturn >= 0) return from + carriageReturn;
  return limit === length ? -1 : limit;
}

function readEvent(raw: Buffer, maxEventBytes: number): SseEvent {
  if (raw.length > maxEventBytes) throw new SseTooLong(`An event is longer than ${maxEventBytes} bytes.`);
  let data: Buffer | undefined;
  let more: Buffer[] | undefined;
  let id: string | undefined;
  let type = '';
  let start = 0;
  while (start < raw.length) {
    const found = nextLineEnd(raw, start, raw.length);
    const end = found < 0 ? raw.length : found;
    if (end > start && raw[start] !== COLON) {
      const colon = raw.subarray(start, end).indexOf(COLON);
      const nameEnd = colon < 0 ? end : start + colon;
      let valueStart = colon < 0 ? end : nameEnd + 1;
      if (valueStart < end && raw[valueStart] === SPACE) valueStart += 1;
      switch (raw.toString('latin1', start, nameEnd)) {
        case 'data': {
          const line = raw.subarray(valueStart, end);
          if (data === undefined) data = line;
          else (more ??= [data]).push(NEWLINE, line);
          break;
        }
        case 'id':
          if (!raw.subarray(valueStart, end).includes(0)) id = raw.toString('utf8', valueStart, end);
          break;
        case 'event':
          type = raw.toString('utf8', valueStart, end);
          break;
      }
    }
    start = end + (raw[end] === CR && raw[end + 1] === LF ? 2 : 1);
  }
  return { raw, data: more === undefined ? data : Buffer.concat(more), id, type };
}
