import { createHash, hkdfSync } from 'node:crypto';

/** A key for one purpose, from the deployment's master key; keys of two purposes tell nothing of each other. */
export interface DerivedKey {
  /** Names the key without saying anything of it: what was sealed says with which key. */
  readonly id: string;
  readonly bytes: Buffer;
}

export function deriveKey(masterKey: Buffer, purpose: string): DerivedKey {
  if (masterKey.length !== 32) throw new Error('A master key has 32 bytes.');
  const bytes = Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `portcullis/${purpose}`, 32));
  const id = createHash('sha256').update('portcullis/key-id').update(bytes).digest('hex').slice(0, 16);
  return { id, bytes };
}
