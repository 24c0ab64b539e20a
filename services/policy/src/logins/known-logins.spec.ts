import type { Login } from '@portcullis/contracts';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { KnownLogins } from './known-logins.js';

const login: Login = {
  sessionId: 's1',
  email: 'ana@example.com',
  tenantId: 'acme',
  expiresAt: '2030-01-01T00:00:00.000Z',
};

describe('known logins', () => {
  it('are asked for once, and again after 30 s', async () => {
    let now = 0;
    let asked = 0;
    const known = new KnownLogins({ now: () => now, ask: () => ((asked += 1), Promise.resolve(login)) });
    expect(known.get('d')).toBeUndefined();
    await Promise.all([known.load('d'), known.load('d')]);
    expect([known.get('d'), asked]).toEqual([login, 1]);
    now = 29_999;
    expect(known.get('d')).toBe(login);
    now = 30_000;
    expect(known.get('d')).toBeUndefined();
  });

  it('keep nobody waiting for long, and are known when the answer comes after all', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let answer = (_: Login | null): void => undefined;
    let asked = 0;
    const known = new KnownLogins({
      now: () => 0,
      ask: () => new Promise((resolve) => ((asked += 1), (answer = resolve))),
    });
    const first = expect(known.load('d')).rejects.toThrow('not looked up yet');
    await vi.advanceTimersByTimeAsync(1_500);
    await first;
    const second = known.load('d');
    answer(login);
    await second;
    expect([known.get('d'), asked]).toEqual([login, 1]);
  });

  it('are forgotten when they end, also those an answer is on its way for', async () => {
    let answer = (_: Login | null): void => undefined;
    const known = new KnownLogins({ now: () => 0, ask: () => new Promise((resolve) => (answer = resolve)) });
    const loading = known.load('d');
    known.ended('s1');
    answer(login);
    await loading;
    expect(known.get('d')).toBeNull();
  });

  it('are asked for anew when they go on in another organization, as often as they do', async () => {
    let tenantId = 'acme';
    const known = new KnownLogins({ now: () => 0, ask: () => Promise.resolve({ ...login, tenantId }) });
    for (const next of ['other', 'acme', 'other']) {
      await known.load('d');
      expect(known.get('d')).toMatchObject({ tenantId });
      tenantId = next;
      known.moved('s1');
      expect(known.get('d')).toBeUndefined();
    }
    await known.load('d');
    expect(known.get('d')).toMatchObject({ tenantId: 'other' });
    known.ended('s1');
    await known.load('d');
    expect(known.get('d')).toBeNull();
  });

  it('are not taken for what they were before they moved by an answer that was on its way', async () => {
    const answers: ((login: Login) => void)[] = [];
    const known = new KnownLogins({
      now: () => 0,
      ask: () => new Promise((resolve) => answers.push(resolve)),
    });
    const loading = known.load('d');
    known.moved('s1');
    answers[0]!(login);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]!({ ...login, tenantId: 'other' });
    await loading;
    expect(known.get('d')).toMatchObject({ tenantId: 'other' });
  });

  it('do not take more than their share of memory or of the api, whatever is made up', async () => {
    const known = new KnownLogins({ now: () => 0, ask: () => new Promise(() => undefined) });
    const loads = Array.from({ length: 100 }, (_, n) => known.load(`d${n}`));
    loads.forEach((load) => void load.catch(() => undefined));
    await expect(loads[99]).rejects.toThrow('too many');
    const rejecting = new KnownLogins({ now: () => 0, ask: () => Promise.reject(new Error('down')) });
    await expect(rejecting.load('d')).rejects.toThrow('down');
    expect(rejecting.get('d')).toBeUndefined();
  });
});
