import { beforeEach, describe, expect, it, vi } from 'vitest';
import { forgetStoredDrafts, storedDraft, storeDraft } from './stored-drafts.js';

describe('stored drafts', () => {
  const items = new Map<string, string>();
  beforeEach(() => {
    items.clear();
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    });
    return () => vi.unstubAllGlobals();
  });

  it('come back to the one who wrote them, and to nobody else', () => {
    storeDraft('ana one', 'policy 1', { text: 'a' });
    storeDraft('ana one', 'policy 2', { text: 'b' });
    expect(storedDraft('ana one', 'policy 1')).toEqual({ text: 'a' });
    expect(storedDraft('ben one', 'policy 1')).toBeUndefined();
    expect(storedDraft('ana two', 'policy 1')).toBeUndefined();
    expect(storedDraft('ana one', 'toString')).toBeUndefined();
    storeDraft('ben one', 'policy 3', { text: 'c' });
    expect(storedDraft('ana one', 'policy 1')).toBeUndefined();
  });

  it('leave nothing behind', () => {
    storeDraft('ana one', 'policy 1', { text: 'a' });
    storeDraft('ana one', 'policy 1', undefined);
    expect(items.size).toBe(0);
    storeDraft('ana one', 'policy 1', { text: 'a' });
    forgetStoredDrafts();
    expect(items.size).toBe(0);
  });

  it('are not kept in part or out of date when they are too long', () => {
    storeDraft('ana one', 'policy 1', { text: 'a' });
    storeDraft('ana one', 'policy 1', { text: 'a'.repeat(600_000) });
    expect(storedDraft('ana one', 'policy 1')).toBeUndefined();
  });

  it.each(['', 'null', '{', '[]', '{"owner":1,"drafts":{}}', '{"owner":"ana one","drafts":null}'])(
    'are none when the storage holds %j',
    (text) => {
      items.set('portcullis.drafts.v1', text);
      expect(storedDraft('ana one', 'policy 1')).toBeUndefined();
      storeDraft('ana one', 'policy 1', { text: 'a' });
      expect(storedDraft('ana one', 'policy 1')).toEqual({ text: 'a' });
    },
  );

  it('do without a storage', () => {
    vi.stubGlobal('sessionStorage', undefined);
    storeDraft('ana one', 'policy 1', { text: 'a' });
    expect(storedDraft('ana one', 'policy 1')).toBeUndefined();
    forgetStoredDrafts();
  });
});
