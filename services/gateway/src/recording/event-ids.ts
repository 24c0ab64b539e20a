import { randomFillSync } from 'node:crypto';
import { uuidV7 } from '@portcullis/eventing';

const RANDOM_BYTES = 10;
const pool = Buffer.allocUnsafe(RANDOM_BYTES * 512);
let used = pool.length;

/** A UUIDv7 of this moment. Random bytes are drawn for hundreds at once: a call to the system for each would cost more than the rest. */
export function newEventId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += RANDOM_BYTES;
  return uuidV7(Date.now(), pool.subarray(used - RANDOM_BYTES, used));
}
