import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { DecisionCounts } from './decision-counts.js';
import { registerDecideMetrics } from './decide-metrics.js';

it('shows what each gateway process was answered, and how old the state is', async () => {
  const registry = new Registry();
  const counts = new DecisionCounts();
  const observe = registerDecideMetrics(registry, {
    follower: { position: 7, ageMs: 500 },
    state: { unknownEvents: 3 },
    hub: { gateways: () => [], cutOff: 1 },
    tools: { queued: 2, dropped: 0 },
    counts,
    limiter: { size: 4, evicted: 0 },
  });
  counts.count('gw', 'e1', 'forwarded');
  counts.count('gw', 'e1', 'forwarded');
  counts.count('gw', 'e1', 'unidentified');
  observe(0.000_03);
  const read = await registry.metrics();
  for (const line of [
    'policy_decisions_total{gateway="gw",epoch="e1",outcome="forwarded"} 2',
    'policy_decisions_total{gateway="gw",epoch="e1",outcome="unidentified"} 1',
    'policy_follower_position 7',
    'policy_follower_age_seconds 0.5',
    'policy_unknown_events 3',
    'policy_decide_seconds_bucket{le="0.000025"} 0',
    'policy_decide_seconds_bucket{le="0.00005"} 1',
  ]) {
    expect(read.split('\n')).toContain(line);
  }
  // Read twice, counted once.
  expect(await registry.metrics()).toContain('outcome="forwarded"} 2');
});

it('bounds the gateway processes it counts', () => {
  const counts = new DecisionCounts();
  for (let epoch = 0; epoch < 2_000; epoch += 1) counts.count('gw', `e${epoch}`, 'refused');
  const epochs = [...counts].map(({ epoch }) => epoch);
  expect([epochs.length, epochs.at(-1)]).toEqual([1_024, 'e1999']);
});
