import { generateSealingKeyPair, sealSecret } from '@portcullis/service';
import { describe, expect, it } from 'vitest';
import { aConnection } from '../../test/fake-policy.js';
import { ConnectionCache } from './connection-cache.js';

const keys = generateSealingKeyPair();
const sealed = (secret: string, etag: string, id = 'connection-1') =>
  aConnection({ id, etag, auth: { type: 'bearer', credential: sealSecret(secret, keys.publicKey, etag) } });

describe('the connection cache', () => {
  it('keeps what each caller was told', () => {
    const cache = new ConnectionCache(keys);
    const connection = aConnection();
    expect(cache.held('digest', 'shop')).toBeNull();
    expect(cache.learn('digest', 'shop', connection, null)).toBe(connection);
    expect(cache.held('digest', 'shop')).toBe(connection);
    expect(cache.held('digest', 'other')).toBeNull();
    expect(cache.held('other', 'shop')).toBeNull();
    expect(cache.learn('digest', 'shop', 'current', connection)).toBe(connection);
    expect(cache.learn('other', 'shop', 'current', null)).toBeNull();
    expect(cache.learn('other', 'shop', null, connection)).toBeNull();
  });

  it('shares one connection among its callers and replaces it by its next version', () => {
    const cache = new ConnectionCache(keys);
    const first = cache.learn('a', 'shop', aConnection(), null);
    expect(cache.learn('b', 'shop', aConnection(), null)).toBe(first);
    const next = aConnection({ etag: 'connection-1.2' });
    expect(cache.learn('a', 'shop', next, first)).toBe(next);
    expect(cache.held('a', 'shop')).toBe(next);
    expect(cache.held('b', 'shop')).toBe(first);
  });

  it('opens a credential, for connections it holds and for those it no longer holds', () => {
    const cache = new ConnectionCache(keys);
    const connection = sealed('s3cret-é', 'connection-1.1');
    expect(cache.credential(connection)).toBe('s3cret-é');
    cache.learn('a', 'shop', connection, null);
    expect(cache.credential(connection)).toBe('s3cret-é');
    expect(cache.credential(connection)).toBe('s3cret-é');
    cache.clear();
    expect(cache.credential(connection)).toBe('s3cret-é');
    expect(cache.credential(aConnection())).toBeNull();
  });

  it('opens no credential that was sealed for another version or another process', () => {
    const cache = new ConnectionCache(keys);
    const { auth } = sealed('s3cret', 'connection-1.1');
    expect(() => cache.credential(aConnection({ auth, etag: 'connection-1.2' }))).toThrow('secret.unopened');
    const stranger = new ConnectionCache(generateSealingKeyPair());
    expect(() => stranger.credential(aConnection({ auth }))).toThrow('secret.unopened');
  });

  it('never serves the credential of one connection to another', () => {
    const cache = new ConnectionCache(keys);
    const one = sealed('one', 'same-etag', 'connection-1');
    const two = sealed('two', 'same-etag', 'connection-2');
    cache.learn('a', 'one', one, null);
    cache.learn('a', 'two', two, null);
    expect([cache.credential(one), cache.credential(two), cache.credential(one)]).toEqual([
      'one',
      'two',
      'one',
    ]);
  });

  it('overwrites a credential when its last caller is gone', () => {
    const cache = new ConnectionCache(keys, 2);
    const connection = sealed('s3cret', 'connection-1.1');
    cache.learn('a', 'shop', connection, null);
    cache.learn('b', 'shop', connection, null);
    cache.credential(connection);
    const versions = (cache as unknown as { versions: Map<string, { secret: Buffer | null }> }).versions;
    const { secret } = [...versions.values()][0] as { secret: Buffer };
    expect(secret.toString()).toBe('s3cret');
    cache.forget('a', 'shop');
    expect(secret.toString()).toBe('s3cret');
    cache.forget('b', 'shop');
    expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(versions.size).toBe(0);
  });

  it('forgets the caller that was longest away, and stays within its bound', () => {
    const cache = new ConnectionCache(keys, 100);
    for (let i = 0; i < 1_000; i += 1) {
      cache.learn(
        `caller-${i}`,
        `slug-${i}`,
        aConnection({ id: `c${i}`, slug: `slug-${i}`, etag: `c${i}.1` }),
        null,
      );
      cache.held('caller-0', 'slug-0');
    }
    const sizes = cache as unknown as Record<'callers' | 'versions' | 'slugs', Map<string, unknown>>;
    expect([sizes.callers.size, sizes.versions.size, sizes.slugs.size]).toEqual([100, 100, 100]);
    expect(cache.held('caller-0', 'slug-0')).not.toBeNull();
    expect(cache.held('caller-1', 'slug-1')).toBeNull();
    expect(cache.knowsSlug('slug-999')).toBe(true);
    expect(cache.knowsSlug('slug-1')).toBe(false);
  });
});
