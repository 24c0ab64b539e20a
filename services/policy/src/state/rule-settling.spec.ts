import { describe, expect, it } from 'vitest';
import { PolicyHistory, TENANT, allowAll, tool } from '../../test/policy-history.js';
import { StateFollower } from '../follower/state-follower.js';
import type { PositionedChange } from './organization.js';
import { PolicyState } from './policy-state.js';
import { decideByRules } from './rule-sets.js';
import { SETTLE_LIMIT_MS } from './rule-settling.js';

const denyMany = Array.from({ length: 600 }, (_, index) => ({
  name: `deny ${index}`,
  target: tool(index === 599 ? '*' : `tool_${index}`),
  action: 'deny',
}));

async function rig() {
  const history = new PolicyHistory()
    .organization()
    .key('key-1')
    .connection('main')
    .policy('rules', null, [allowAll]);
  const state = new PolicyState();
  const told: PositionedChange[][] = [];
  const follower = new StateFollower({
    store: { readAll: () => Promise.reject(new Error('unused')) } as never,
    secrets: history,
    state,
    onApplied: (changes) => told.push([...changes]),
  });
  await follower.take(history.events);
  const decide = () =>
    decideByRules(state.connection(TENANT, 'con-main'), {
      organizationId: TENANT,
      connection: { id: 'con-main' },
      kind: 'tool',
      method: 'tools/call',
      name: 'x',
      now: 0,
    }).rule;
  expect(decide()).toBe('allow all');
  told.length = 0;
  return { history, state, follower, told, decide };
}

describe('rules that a change made stale', () => {
  it('decide on while the new ones are compiled in pieces, and the change is in force only then', async () => {
    const { history, state, follower, decide } = await rig();
    const before = follower.position;
    history.publish('rules', 2, denyMany);
    const taken = follower.take(history.events);
    const seen = new Set<string>();
    let turns = 0;
    let done = false;
    void taken.then(() => (done = true));
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      if (done) break;
      turns += 1;
      seen.add(`${decide()} at ${follower.position}`);
    }
    await taken;
    expect(turns).toBeGreaterThan(5);
    expect([...seen]).toEqual([`allow all at ${before}`]);
    expect([decide(), follower.position, state.organization(TENANT).replaced]).toEqual([
      'deny 599',
      before + 1,
      null,
    ]);
  });

  it('do not hold up what stops somebody', async () => {
    const { history, state, follower, told } = await rig();
    history.publish('rules', 2, denyMany);
    history.add('KillSwitchEngaged', {
      killSwitchId: 'k',
      scope: 'organization',
      target: null,
      mode: 'stop',
      reason: 'r',
    });
    const taken = follower.take(history.events);
    await new Promise((resolve) => setImmediate(resolve));
    expect(told.map((changes) => changes.map(({ type }) => type))).toEqual([['stopped']]);
    expect(state.organization(TENANT).killSwitches.size).toBe(1);
    await taken;
    expect(told.map((changes) => changes.map(({ type }) => type))).toEqual([['stopped'], ['published']]);
  });

  it('are gone when compiling takes too long: the next call compiles', async () => {
    const { history, state, decide } = await rig();
    history.publish('rules', 2, denyMany);
    const clock = { now: 0 };
    state.settling.begin();
    state.apply(history.events.at(-1)!);
    expect(decide()).toBe('allow all');
    await state.settling.settle(() => (clock.now += SETTLE_LIMIT_MS));
    expect(state.organization(TENANT)).toMatchObject({ rules: null, replaced: null });
    expect(decide()).toBe('deny 599');
  });

  it('refuse when the new ones cannot be compiled', async () => {
    const { history, follower, decide } = await rig();
    history.publish('rules', 2, [{ ...allowAll, action: 'hold' }]);
    await follower.take(history.events);
    expect(decide).toThrow('cannot be used');
  });

  it('are gone at once where nothing settles them', async () => {
    const { history, state, decide } = await rig();
    history.publish('rules', 2, denyMany);
    state.apply(history.events.at(-1)!);
    expect(decide()).toBe('deny 599');
  });
});
