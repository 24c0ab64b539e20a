import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { InProcessRateLimiter } from '@portcullis/policy-engine';
import type { ControlHub } from '../control/control-hub.js';
import type { StateFollower } from '../follower/state-follower.js';
import type { PolicyState } from '../state/policy-state.js';
import type { ToolRegistry } from '../tools/tool-registry.js';
import type { DecisionCounts } from './decision-counts.js';

export interface DecideMetricsSources {
  readonly follower: Pick<StateFollower, 'position' | 'ageMs'>;
  readonly state: Pick<PolicyState, 'unknownEvents'>;
  readonly hub: Pick<ControlHub, 'gateways' | 'cutOff'>;
  readonly tools: Pick<ToolRegistry, 'queued' | 'dropped'>;
  readonly counts: DecisionCounts;
  readonly limiter: Pick<InProcessRateLimiter, 'size' | 'evicted'>;
}

/** Registers the figures of the decide side; all but the returned timer are read when somebody asks. */
export function registerDecideMetrics(
  registry: Registry,
  sources: DecideMetricsSources,
): (seconds: number) => void {
  const { follower, state, hub, tools, counts, limiter } = sources;
  const registers = [registry];
  // Labels with ids, against the rule: comparing each gateway process with its own records is what this is for. Bounded.
  new Counter({
    name: 'policy_decisions_total',
    help: 'Decisions given to each gateway process: a second witness beside the audit history.',
    labelNames: ['gateway', 'epoch', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { gateway, epoch, forwarded, refused, unidentified } of counts) {
        this.inc({ gateway, epoch, outcome: 'forwarded' }, forwarded);
        this.inc({ gateway, epoch, outcome: 'refused' }, refused);
        this.inc({ gateway, epoch, outcome: 'unidentified' }, unidentified);
      }
    },
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge(
    'policy_follower_position',
    'Global position up to which events are in force.',
    () => follower.position,
  );
  gauge(
    'policy_follower_age_seconds',
    'Time since the state was proven complete; calls are refused above 2.',
    () => (Number.isFinite(follower.ageMs) ? follower.ageMs / 1_000 : -1),
  );
  gauge('policy_unknown_events', 'Events of types this build does not know.', () => state.unknownEvents);
  gauge(
    'policy_gateways_connected',
    'Gateways with a control stream to this replica.',
    () => hub.gateways().length,
  );
  gauge('policy_gateways_cut_off', 'Control streams cut because the gateway did not read.', () => hub.cutOff);
  gauge('policy_tools_queued', 'Tool definitions waiting to be stored.', () => tools.queued);
  gauge(
    'policy_tools_dropped',
    'Tool definitions dropped because the store was too slow.',
    () => tools.dropped,
  );
  gauge('policy_rate_limit_counters', 'Rate-limit counters in memory.', () => limiter.size);
  gauge(
    'policy_rate_limit_evictions',
    'Rate-limit counters forgotten for want of room.',
    () => limiter.evicted,
  );
  const duration = new Histogram({
    name: 'policy_decide_seconds',
    help: 'Time to decide one call, from the whole question to the written answer.',
    buckets: [0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025],
    registers,
  });
  return (seconds) => duration.observe(seconds);
}
