import { describe, expect, it } from 'vitest';
import {
  generateSealingKeyPair,
  isSealingPublicKey,
  openSecret,
  sealSecret,
  sealingPrivateKey,
} from './sealed-secret.js';

const recipient = {
  publicKey: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08',
  privateKey: sealingPrivateKey(
    'XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os',
    '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08',
  ),
};
// Made with WebCrypto and checked with Python's cryptography, from the words of the contract alone.
const vector = {
  ephemeralKey: 'z2FwWinbOW7DVfDmjepV5W0SdrmsX1_8KW-wqnKhgzs',
  iv: 'AAECAwQFBgcICQoL',
  ciphertext: 'fyFBX7vcGnN1',
  tag: 'ehXYvUvWKt0_qgSwf9qeCQ',
};

describe('sealed secrets', () => {
  it('opens what another implementation sealed', () => {
    expect(openSecret(vector, recipient, 'con_1:7')).toBe('s3cret-é');
  });

  it('opens what it sealed, and never seals twice alike', () => {
    const gateway = generateSealingKeyPair();
    const first = sealSecret('token', gateway.publicKey, 'etag');
    const second = sealSecret('token', gateway.publicKey, 'etag');
    expect(openSecret(first, gateway, 'etag')).toBe('token');
    expect(openSecret(second, gateway, 'etag')).toBe('token');
    expect(second.ephemeralKey).not.toBe(first.ephemeralKey);
    expect(second.ciphertext).not.toBe(first.ciphertext);
  });

  it.each([
    ['another context', vector, 'con_1:8'],
    ['another ciphertext', { ...vector, ciphertext: 'fyFBX7vcGnN0' }, 'con_1:7'],
    ['another tag', { ...vector, tag: 'ehXYvUvWKt0_qgSwf9qeCA' }, 'con_1:7'],
    ['a shortened tag', { ...vector, tag: 'ehXYvUvWKt0' }, 'con_1:7'],
    ['another ephemeral key', { ...vector, ephemeralKey: generateSealingKeyPair().publicKey }, 'con_1:7'],
    [
      'a key that is not base64url',
      { ...vector, ephemeralKey: '!' + vector.ephemeralKey.slice(1) },
      'con_1:7',
    ],
  ])('refuses %s', (_, sealed, context) => {
    expect(() => openSecret(sealed, recipient, context)).toThrow(/^secret\.unopened$/);
  });

  it('refuses another recipient', () => {
    expect(() => openSecret(vector, generateSealingKeyPair(), 'con_1:7')).toThrow('secret.unopened');
  });

  it('knows a usable public key', () => {
    expect(isSealingPublicKey(recipient.publicKey)).toBe(true);
    expect(isSealingPublicKey('')).toBe(false);
    expect(isSealingPublicKey(recipient.publicKey.slice(1))).toBe(false);
    expect(isSealingPublicKey(`${recipient.publicKey}A`)).toBe(false);
    // A point of low order: the agreed secret would be all zero.
    expect(isSealingPublicKey(Buffer.alloc(32).toString('base64url'))).toBe(false);
  });
});
