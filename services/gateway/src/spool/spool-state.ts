import type { SpoolPosition } from './segment.js';

const CELLS = [
  'head',
  'acknowledged',
  'sent',
  'batches',
  'retries',
  'failing',
  'deadLettered',
  'quarantinedBytes',
] as const;
export type SpoolCounter = Exclude<(typeof CELLS)[number], 'head' | 'acknowledged'>;
const HEAD = CELLS.indexOf('head');
const ACKNOWLEDGED = CELLS.indexOf('acknowledged');

const OFFSET_BITS = 32n;
const OFFSET_MASK = (1n << OFFSET_BITS) - 1n;

/**
 * What the two ends of a spool know of each other: the appender publishes its head, the sender what is acknowledged,
 * and its figures. Shared memory, so that both may live in threads of their own and neither ever waits for the other.
 */
export class SpoolState {
  private readonly cells: BigInt64Array;

  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(CELLS.length * 8)) {
    this.cells = new BigInt64Array(shared);
  }

  /** Where the next record will be appended: the sender never reads past it. */
  get head(): SpoolPosition {
    return this.position(HEAD);
  }
  publishHead(segment: number, offset: number): void {
    Atomics.store(this.cells, HEAD, pack(segment, offset));
  }

  /** Everything before it is in the log; segments before its segment are deleted. */
  get acknowledged(): SpoolPosition {
    return this.position(ACKNOWLEDGED);
  }
  publishAcknowledged({ segment, offset }: SpoolPosition): void {
    Atomics.store(this.cells, ACKNOWLEDGED, pack(segment, offset));
  }

  counter(name: SpoolCounter): number {
    return Number(Atomics.load(this.cells, CELLS.indexOf(name)));
  }
  add(name: SpoolCounter, count: number): void {
    Atomics.add(this.cells, CELLS.indexOf(name), BigInt(count));
  }
  set(name: SpoolCounter, value: number): void {
    Atomics.store(this.cells, CELLS.indexOf(name), BigInt(value));
  }

  private position(cell: number): SpoolPosition {
    const packed = Atomics.load(this.cells, cell);
    return { segment: Number(packed >> OFFSET_BITS), offset: Number(packed & OFFSET_MASK) };
  }
}

function pack(segment: number, offset: number): bigint {
  return (BigInt(segment) << OFFSET_BITS) | BigInt(offset);
}
