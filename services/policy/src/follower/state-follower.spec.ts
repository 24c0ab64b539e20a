import { describe, expect, it } from 'vitest';
import { InMemoryEventStore } from '@portcullis/eventing';
import { PolicyHistory, TENANT, newEvent } from '../../test/policy-history.js';
import type { PositionedChange } from '../state/organization.js';
import { PolicyState } from '../state/policy-state.js';
import { FRESH_MS, StateFollower } from './state-follower.js';

function rig() {
  const history = new PolicyHistory().organization().key('key-1').connection('main');
  const clock = { now: 1_000 };
  const changes: PositionedChange[] = [];
  const trouble: unknown[] = [];
  const state = new PolicyState();
  const store = new InMemoryEventStore();
  const follower = new StateFollower({
    store,
    secrets: history,
    state,
    now: () => clock.now,
    onApplied: (applied) => changes.push(...applied),
    onTrouble: (error) => trouble.push(error),
  });
  return { history, clock, changes, trouble, state, store, follower };
}

describe('freshness', () => {
  it('is not there before the first proof', () => {
    expect(rig().follower.fresh).toBe(false);
  });

  it('lasts two seconds from when the question was put, not from the answer', () => {
    const { clock, follower } = rig();
    follower.prove(1_000);
    clock.now = 1_000 + FRESH_MS;
    expect(follower.fresh).toBe(true);
    clock.now += 1;
    expect(follower.fresh).toBe(false);
    // An answer to an older question, late.
    follower.prove(500);
    expect(follower.fresh).toBe(false);
    follower.prove(2_000);
    expect(follower.fresh).toBe(true);
  });

  it('does not come from events alone', async () => {
    const { history, follower } = rig();
    await follower.take(history.events);
    expect([follower.position, follower.fresh]).toEqual([3, false]);
  });
});

describe('following', () => {
  it('applies events once, in order, with their secrets', async () => {
    const { history, state, follower } = rig();
    await follower.take(history.events);
    await follower.take(history.events);
    expect([state.position, state.keysByHash.size]).toEqual([3, 1]);
  });

  it('tells what was applied even when a later event was not, and goes on from there', async () => {
    const { history, state, changes, follower } = rig();
    history.add('ApiKeyRevoked', { keyId: 'key-1', label: '' });
    history.add('ConnectionEnabled', { connectionId: 'unknown', slug: '' });
    await expect(follower.take(history.events)).rejects.toThrow('No connection');
    expect(changes).toMatchObject([{ type: 'stopped', position: 4 }]);
    expect(state.position).toBe(4);
    await expect(follower.take(history.events)).rejects.toThrow('No connection');
    expect(changes).toHaveLength(1);
  });

  it('catches up with a store and answers writers that wait', async () => {
    const { store, state, follower } = rig();
    await store.append('org', [newEvent('OrganizationCreated', { name: 'n', defaultAction: 'deny' })], {
      expectedVersion: 0,
    });
    follower.start();
    await follower.whenFresh(60_000, () => undefined);
    expect(state.position).toBe(1);
    const waiting = follower.reached(2, 60_000);
    await store.append('org', [newEvent('OrganizationRenamed', { before: 'n', after: 'm' })], {
      expectedVersion: 1,
    });
    expect(await waiting).toBe(true);
    expect(state.organization(TENANT).name).toBe('m');
    expect(await follower.reached(3, 1)).toBe(false);
    await follower.stop();
  });
});
