import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProblemError } from '@portcullis/service';
import type { CallerIdentification } from '../authentication/caller-identification.js';
import type { Caller } from '../authentication/caller.js';
import { AccessChanges } from '../sign-in/access-changes.js';
import { LiveCallers } from './live-callers.js';

const caller = (tenantId: string, scopes: readonly string[] = ['audit:read', 'events:read']) =>
  ({ principal: { id: 'key-1', tenantId, scopes } }) as unknown as Caller;
const refusal = (status: number) => new ProblemError({ code: 'auth.revoked', status, title: 'no' });

/** Ends of a watch that began as `acme`, after the credential was looked at again. */
async function ends(later: () => Promise<Caller>, checks = 1): Promise<number> {
  const callers = new LiveCallers(
    { caller: later } as unknown as CallerIdentification,
    false,
    new AccessChanges(),
  );
  let ended = 0;
  const unwatch = callers.watch(
    callers.credentialOf({ authorization: `Bearer ig_${'a'.repeat(40)}` }),
    caller('acme'),
    () => (ended += 1),
  );
  await vi.advanceTimersByTimeAsync(45_000 * checks);
  unwatch();
  return ended;
}

/** What a watch came to after a change of somebody's access, which whoever is asked hears of `lateMs` later. */
async function endsAfterChange(id: string, lateMs: number) {
  const changes = new AccessChanges();
  let asked = 0;
  let isRevoked = false;
  const callers = new LiveCallers(
    {
      caller: () => {
        asked += 1;
        return isRevoked ? Promise.reject(refusal(401)) : Promise.resolve(caller('acme'));
      },
    } as unknown as CallerIdentification,
    false,
    changes,
  );
  let ended = 0;
  const credential = callers.credentialOf({ authorization: `Bearer ig_${'a'.repeat(40)}` });
  const unwatch = callers.watch(credential, caller('acme'), () => {
    ended += 1;
    unwatch();
  });
  changes.tell(id);
  changes.tell(id);
  await vi.advanceTimersByTimeAsync(lateMs);
  isRevoked = true;
  await vi.advanceTimersByTimeAsync(3_000 - lateMs);
  return { asked, ended };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a watched credential', () => {
  it('ends nothing while it allows what it did', async () => {
    expect(await ends(async () => caller('acme'), 10)).toBe(0);
  });

  it.each([
    ['is revoked', () => Promise.reject(refusal(401))],
    ['is of another organization now', async () => caller('other')],
    ['may no longer read calls', async () => caller('acme', ['events:read'])],
    ['may no longer watch', async () => caller('acme', ['audit:read'])],
  ])('ends what it began when it %s', async (_, later) => {
    expect(await ends(later)).toBeGreaterThan(0);
  });

  it('is looked at again when its access changed, and once more for who hears of it late', async () => {
    expect(await endsAfterChange('key-1', 1_500)).toEqual({ asked: 3, ended: 1 });
    expect(await endsAfterChange('another key', 1_500)).toEqual({ asked: 0, ended: 0 });
  });

  it('ends what it began when nobody can be asked for long, not at once', async () => {
    expect(await ends(() => Promise.reject(refusal(503)))).toBe(0);
    expect(await ends(() => Promise.reject(refusal(503)), 5)).toBeGreaterThan(0);
  });
});
