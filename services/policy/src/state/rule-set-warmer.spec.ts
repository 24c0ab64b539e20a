import { describe, expect, it } from 'vitest';
import { PolicyHistory, TENANT, allowAll } from '../../test/policy-history.js';
import { PolicyState } from './policy-state.js';
import { RuleSetWarmer } from './rule-set-warmer.js';

describe('rule set warmer', () => {
  it('compiles what is stale between calls, broken rules included, and only that', async () => {
    const history = new PolicyHistory().organization().connection('one').connection('two').connection('off');
    history.add('ConnectionDisabled', { connectionId: 'con-off', slug: 'off' });
    history.policy('p', null, [allowAll]).policy('broken', 'con-two', [{ ...allowAll, action: 'hold' }]);
    const state = new PolicyState();
    for (const event of history.events) state.apply(event);
    const rules = (slug: string) => state.connection(TENANT, `con-${slug}`).rules;
    const warmer = new RuleSetWarmer(state);
    warmer.start();
    expect(rules('one')).toBe(null);
    const turns = async () => {
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    await turns();
    expect(rules('one')).not.toBe(null);
    expect(rules('two')).toBeInstanceOf(Error);
    expect(rules('off')).toBe(null);
    // A change of one connection's policy leaves the other's rules as they are.
    const kept = rules('one');
    history.publish('broken', 2, [allowAll]);
    state.apply(history.events.at(-1)!);
    warmer.start();
    warmer.start();
    await turns();
    expect(rules('one')).toBe(kept);
    expect(rules('two')).not.toBeInstanceOf(Error);
    warmer.stop();
    history.publish('p', 2, []);
    state.apply(history.events.at(-1)!);
    warmer.start();
    await turns();
    expect(rules('one')).toBe(null);
  });
});
