import { createHmac } from 'node:crypto';
import type { KeyHasher } from '../state/secret-store.js';
import { deriveKey } from '@portcullis/service';

/** HMAC-SHA256 under a pepper derived from the master key: a stolen table alone says nothing of the keys in it. */
export class HmacKeyHasher implements KeyHasher {
  private readonly pepper: Buffer;

  constructor(masterKey: Buffer) {
    this.pepper = deriveKey(masterKey, 'api-key-pepper/v1').bytes;
  }

  hash(digest: string): string {
    return createHmac('sha256', this.pepper).update(digest).digest('base64url');
  }
}
