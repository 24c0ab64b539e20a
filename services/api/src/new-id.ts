import { randomFillSync } from 'node:crypto';
import { uuidV7 } from '@portcullis/eventing';

const random = new Uint8Array(10);

/** A UUIDv7: ids sort by the time they were made. */
export function newId(): string {
  return uuidV7(Date.now(), randomFillSync(random));
}
