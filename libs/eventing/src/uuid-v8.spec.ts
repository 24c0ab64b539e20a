import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { uuidV8 } from './uuid-v8.js';

describe('uuidV8', () => {
  it('keeps all bits of its bytes but those of version and variant, and leaves the bytes alone', () => {
    const bytes = Buffer.alloc(32, 0xff);
    expect(uuidV8(bytes)).toBe('ffffffff-ffff-8fff-bfff-ffffffffffff');
    expect(uuidV8(new Uint8Array(16))).toBe('00000000-0000-8000-8000-000000000000');
    expect(bytes.every((byte) => byte === 0xff)).toBe(true);
  });

  it('is the same for the same digest, and refuses fewer bytes', () => {
    const digest = () => createHash('sha256').update('name').digest();
    expect(uuidV8(digest())).toBe(uuidV8(digest()));
    expect(() => uuidV8(new Uint8Array(15))).toThrow('16 bytes');
  });
});
