import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deriveKey, type DerivedKey } from './derived-key.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What is kept sealed in a table: bytes, and the id of the key that opens them. */
export interface Sealed {
  readonly keyId: string;
  readonly bytes: Buffer;
}

/**
 * Seals secrets at rest with AES-256-GCM under a key derived from the master key. The context says what the secret is
 * for and where it is kept: bytes moved to another row do not open.
 */
export class SecretBox {
  private readonly key: DerivedKey;

  /** `purpose`: boxes of two purposes do not open each other's. The policy service's is the default. */
  constructor(masterKey: Buffer, purpose = 'secrets-at-rest/v1') {
    this.key = deriveKey(masterKey, purpose);
  }

  get keyId(): string {
    return this.key.id;
  }

  seal(secret: string, context: string): Sealed {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key.bytes, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context, 'utf8'));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return { keyId: this.key.id, bytes: Buffer.concat([iv, cipher.getAuthTag(), ciphertext]) };
  }

  /** The secret, or an error that does not say which of key, context and bytes is wrong. */
  open({ keyId, bytes }: Sealed, context: string): string {
    try {
      if (keyId !== this.key.id || bytes.length < IV_BYTES + TAG_BYTES) throw new Error('secret.foreign');
      const decipher = createDecipheriv('aes-256-gcm', this.key.bytes, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context, 'utf8'));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return (
        decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      );
    } catch (cause) {
      throw new Error('secret.unopened', { cause });
    }
  }
}
