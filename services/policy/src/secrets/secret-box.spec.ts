import { describe, expect, it } from 'vitest';
import { deriveKey, SecretBox } from '@portcullis/service';
import { HmacKeyHasher } from './hmac-key-hasher.js';

const master = Buffer.alloc(32, 7);
const box = new SecretBox(master);

describe('secret box', () => {
  it('opens what it sealed, in its context', () => {
    const sealed = box.seal('tökén \u{1F511}', 'tenant-1/secret-1');
    expect(new SecretBox(master).open(sealed, 'tenant-1/secret-1')).toBe('tökén \u{1F511}');
    expect(sealed.bytes.includes(Buffer.from('tökén'))).toBe(false);
  });

  it('never seals the same way twice', () => {
    expect(box.seal('a', 'c').bytes.equals(box.seal('a', 'c').bytes)).toBe(false);
  });

  it('opens nothing that was moved, changed, cut, or sealed with another key', () => {
    const sealed = box.seal('secret', 'tenant-1/secret-1');
    const open =
      (over: Partial<typeof sealed>, context = 'tenant-1/secret-1') =>
      () =>
        box.open({ ...sealed, ...over }, context);
    expect(open({}, 'tenant-1/secret-2')).toThrow('secret.unopened');
    for (let at = 0; at < sealed.bytes.length; at += 1) {
      const bytes = Buffer.from(sealed.bytes);
      bytes[at] = (bytes[at] as number) ^ 1;
      expect(open({ bytes })).toThrow('secret.unopened');
    }
    expect(open({ bytes: sealed.bytes.subarray(0, 20) })).toThrow('secret.unopened');
    expect(() => new SecretBox(Buffer.alloc(32, 8)).open(sealed, 'tenant-1/secret-1')).toThrow(
      'secret.unopened',
    );
  });

  it('refuses a master key of another length', () => {
    expect(() => new SecretBox(Buffer.alloc(16))).toThrow('32 bytes');
  });
});

describe('derived keys', () => {
  it('differ by purpose and by master key', () => {
    const ids = [deriveKey(master, 'a'), deriveKey(master, 'b'), deriveKey(Buffer.alloc(32, 8), 'a')].map(
      ({ id }) => id,
    );
    expect(new Set(ids).size).toBe(3);
  });

  // What is stored depends on these bytes: a change here locks every deployment out of its secrets and keys.
  it('stay the same for good', () => {
    expect(deriveKey(master, 'secrets-at-rest/v1').bytes.toString('hex')).toBe(
      '37793a510397970d2be6a9391b3178448dd27b0aa3be43426a6ed1899e998cc7',
    );
    expect(deriveKey(master, 'api-key-pepper/v1').bytes.toString('hex')).toBe(
      'e897f4b4b966423d6478ff5c3300c815bffc00231ff4dfe60cdcfe4271ce7ce8',
    );
    expect(new HmacKeyHasher(master).hash('ab'.repeat(32))).toBe(
      'LrKf8-QNmKB_nGdkWp1jR3lX8gA_InzVMRws2uoSULU',
    );
  });
});
