import { createHash, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { gunzip, gzip } from 'node:zlib';
import type { PartitionState } from '../detection/partition-state.js';
import type { LoadedSnapshot, Snapshot } from './snapshot.js';

/** Of the state's shape. Raised with every change of it: a snapshot of another format is rebuilt, not read. */
export const SNAPSHOT_FORMAT = 1;
/** Unpacked; a state within its bounds is far smaller. */
const MAX_STATE_BYTES = 512 * 1024 * 1024;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** A snapshot as it is stored. */
export interface EncodedSnapshot {
  readonly topic: string;
  readonly partition: number;
  readonly position: bigint;
  readonly findingsPosition: bigint;
  readonly format: number;
  readonly checksum: Uint8Array;
  readonly state: Uint8Array;
}

/** V8's own serialization keeps maps, their order and typed arrays, which JSON does not. */
export async function encodeSnapshot(snapshot: Snapshot): Promise<EncodedSnapshot> {
  const { topic, partition, position, findingsPosition } = snapshot;
  const state = await compress(serialize(snapshot.state), { level: 1 });
  const encoded = { topic, partition, position, findingsPosition, format: SNAPSHOT_FORMAT, state };
  return { ...encoded, checksum: checksumOf(encoded) };
}

/** Reads only what the checksum vouches for. */
export async function decodeSnapshot(encoded: EncodedSnapshot): Promise<LoadedSnapshot> {
  const expected = checksumOf(encoded);
  if (encoded.checksum.length !== expected.length || !timingSafeEqual(encoded.checksum, expected)) {
    return { kind: 'damaged', reason: 'the checksum does not match' };
  }
  const { topic, partition, position, findingsPosition, format } = encoded;
  if (format !== SNAPSHOT_FORMAT) return { kind: 'outdated', format };
  try {
    const bytes = await decompress(encoded.state, { maxOutputLength: MAX_STATE_BYTES });
    const state = deserialize(bytes) as PartitionState;
    // The arrays are views on all of the bytes and would keep them in memory.
    for (const [gateway, { highest, bits }] of state.sequences) {
      state.sequences.set(gateway, { highest, bits: bits.slice() });
    }
    return { kind: 'snapshot', snapshot: { topic, partition, position, findingsPosition, state } };
  } catch (error) {
    // Written by a newer Node, most likely.
    return { kind: 'damaged', reason: error instanceof Error ? error.message : 'unreadable' };
  }
}

function checksumOf(encoded: Omit<EncodedSnapshot, 'checksum'>): Buffer {
  const { topic, partition, position, findingsPosition, format, state } = encoded;
  const head = JSON.stringify([topic, partition, position.toString(), findingsPosition.toString(), format]);
  return createHash('sha256').update(head).update(state).digest();
}
