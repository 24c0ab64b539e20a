import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { SealedSecret } from '@portcullis/contracts';

const INFO = 'portcullis-credential-v1';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The key pair of one gateway process. The private key never leaves the process and is never written down. */
export interface SealingKeyPair {
  /** Raw X25519 public key, base64url: what a gateway says in its control stream's hello. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function generateSealingKeyPair(): SealingKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { publicKey: rawPublicKey(publicKey), privateKey };
}

/** An X25519 private key from its raw 32 bytes in base64url. Throws when they are not one. */
export function sealingPrivateKey(raw: string, publicKey: string): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d: raw, x: publicKey }, format: 'jwk' });
}

/** Refuses what is not a usable X25519 public key, so that a bad hello fails when it arrives, not at the first call. */
export function isSealingPublicKey(raw: string): boolean {
  try {
    sealSecret('', raw, '');
    return true;
  } catch {
    return false;
  }
}

/**
 * Seals a secret to one X25519 public key: ephemeral key agreement, HKDF-SHA256 (salt: the ephemeral, then the
 * recipient's raw public key), AES-256-GCM. `context` is bound as additional data: a sealed credential moved to
 * another connection version does not open.
 */
export function sealSecret(secret: string, recipient: string, context: string): SealedSecret {
  const recipientKey = publicKeyFrom(recipient);
  const ephemeral = generateKeyPairSync('x25519');
  const ephemeralKey = rawPublicKey(ephemeral.publicKey);
  const key = sharedKey(ephemeral.privateKey, recipientKey, ephemeralKey, recipient);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  key.fill(0);
  return {
    ephemeralKey,
    iv: iv.toString('base64url'),
    ciphertext: ciphertext.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  };
}

/** The secret, or an error `secret.unopened` when key, context or any byte differ. The error never says which. */
export function openSecret(sealed: SealedSecret, recipient: SealingKeyPair, context: string): string {
  try {
    const iv = exactly(sealed.iv, IV_BYTES);
    const tag = exactly(sealed.tag, TAG_BYTES);
    const key = sharedKey(
      recipient.privateKey,
      publicKeyFrom(sealed.ephemeralKey),
      sealed.ephemeralKey,
      recipient.publicKey,
    );
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(tag);
    const secret = Buffer.concat([
      decipher.update(Buffer.from(sealed.ciphertext, 'base64url')),
      decipher.final(),
    ]);
    key.fill(0);
    return secret.toString('utf8');
  } catch (cause) {
    throw new Error('secret.unopened', { cause });
  }
}

function sharedKey(
  privateKey: KeyObject,
  publicKey: KeyObject,
  ephemeral: string,
  recipient: string,
): Buffer {
  const salt = Buffer.concat([exactly(ephemeral, KEY_BYTES), exactly(recipient, KEY_BYTES)]);
  const shared = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', shared, salt, INFO, KEY_BYTES));
}

function publicKeyFrom(raw: string): KeyObject {
  exactly(raw, KEY_BYTES);
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw }, format: 'jwk' });
}

function rawPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  if (x === undefined) throw new Error('secret.key_invalid');
  return x;
}

/** Base64url decoding in Node skips what it does not know: only the canonical text of exactly `length` bytes passes. */
function exactly(text: string, length: number): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== length || bytes.toString('base64url') !== text) throw new Error('secret.key_invalid');
  return bytes;
}
