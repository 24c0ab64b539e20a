import { describe, expect, it } from 'vitest';
import { PolicyHistory, TENANT, allowAll } from '../../test/policy-history.js';
import { PolicyState } from './policy-state.js';
import { RuleSetWarmer } from './rule-set-warmer.js';

describe('rule set warmer', () => {
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  it('compiles between calls what a change made stale, and only that', async () => {
    const history = new PolicyHistory().organization().connection('one').connection('two').connection('off');
    history.add('ConnectionDisabled', { connectionId: 'con-off', slug: 'off' });
    history.policy('shared', null, [allowAll]).policy('own', 'con-one', [allowAll]);
    history.policy('broken', 'con-two', [{ ...allowAll, action: 'hold' }]);
    const state = new PolicyState();
    const warmer = new RuleSetWarmer(state);
    const apply = () => {
      for (const event of history.events.slice(state.position)) state.apply(event);
      warmer.start();
      warmer.start();
    };
    const sets = () => [
      state.organization(TENANT).rules,
      ...['one', 'two', 'off'].map((slug) => state.connection(TENANT, `con-${slug}`).rules),
    ];

    apply();
    expect(sets()).toEqual([null, null, null, null]);
    await turns();
    const [shared, one, two, off] = sets();
    expect([shared === null, one === null, two instanceof Error, off]).toEqual([false, false, true, null]);

    history.publish('broken', 2, [allowAll]);
    apply();
    await turns();
    expect(sets().map((set, index) => set === [shared, one, two, off][index])).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(sets()[2]).not.toBeInstanceOf(Error);

    history.publish('shared', 2, []);
    apply();
    await turns();
    expect(sets()[0]).not.toBe(shared);
    expect(sets()[1]).toBe(one);

    history.add('OrganizationDefaultChanged', { before: 'deny', after: 'alert' });
    apply();
    expect(sets()).toEqual([null, null, null, null]);

    warmer.stop();
    await turns();
    expect(sets()).toEqual([null, null, null, null]);
  });

  it('leaves connections without rules of their own to the organization', async () => {
    const state = new PolicyState();
    for (const event of new PolicyHistory().organization().connection('one').events) state.apply(event);
    new RuleSetWarmer(state).start();
    await turns();
    expect(state.connection(TENANT, 'con-one').rules).toBe('none');
  });
});
