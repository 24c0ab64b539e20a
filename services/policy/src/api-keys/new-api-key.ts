import { createHash, randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 40;

export interface NewApiKey {
  /** `ig_` and 40 characters of base 62, 238 bits; shown once and kept nowhere. */
  readonly secret: string;
  /** What a key can be recognized by. */
  readonly prefix: string;
  /** Lower-case hex SHA-256: what the gateway and the API send in place of the key. */
  readonly digest: string;
}

export function newApiKey(): NewApiKey {
  let secret = 'ig_';
  for (let n = 0; n < LENGTH; n += 1) secret += ALPHABET[randomInt(ALPHABET.length)];
  return { secret, prefix: secret.slice(0, 7), digest: createHash('sha256').update(secret).digest('hex') };
}
