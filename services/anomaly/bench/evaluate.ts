import type { FindingRaised } from '@portcullis/contracts';
import type { CallSeen } from '../src/calls/call-seen.js';
import { SCENARIOS, type Attack } from './attacks.js';
import { labelledTraffic, type TrafficOptions } from './labelled-traffic.js';

export interface ScenarioResult {
  readonly scenario: string;
  readonly attacks: number;
  readonly found: number;
  /** Found with medium severity or more. */
  readonly foundMedium: number;
  /** From the attack's first call to the finding's, on average. */
  readonly meanDelayMs: number;
}

export interface Evaluation {
  readonly calls: number;
  /** After the learning days. */
  readonly days: number;
  /** Findings in clean traffic a day for 1,000 agents, by kind: of any severity, of medium or more, of high. */
  readonly alerts: readonly { kind: string; all: number; medium: number; high: number }[];
  readonly scenarios: readonly ScenarioResult[];
  readonly latest: readonly FindingRaised[];
}

type Observe = (call: CallSeen) => readonly FindingRaised[];

/** A finding this long after an attack's last call still counts. */
const GRACE_MS = 10 * 60_000;

/** Runs clean traffic for what is raised in vain, and the same traffic with attacks for what is found of them. */
export function evaluate(options: TrafficOptions, newDetection: () => Observe): Evaluation {
  const clean = run({ ...options, attacks: 0 }, newDetection());
  const days = options.days - options.learningDays;
  const perDay = (count: number) => (count / days / options.agents) * 1_000;
  const kinds = ['rate_spike', 'bulk_access', 'denial_burst', 'first_use', 'destructive_name'];
  const alerts = kinds.map((kind) => {
    const found = clean.findings.filter(({ data }) => data.kind === kind);
    return {
      kind,
      all: perDay(found.length),
      medium: perDay(found.filter(isMedium).length),
      high: perDay(found.filter(isHigh).length),
    };
  });
  const attacked = run(options, newDetection());
  const scenarios = SCENARIOS.map((scenario) => {
    const attacks = attacked.attacks.filter((attack) => attack.scenario === scenario);
    const first = attacks.map((attack) => attacked.findings.find((finding) => isOf(finding, attack)));
    const found = first.filter((finding) => finding !== undefined);
    const delays = first.flatMap((finding, n) =>
      finding === undefined ? [] : [Date.parse(finding.occurredAt) - attacks[n]!.from],
    );
    const anyMedium = attacks.filter((attack) =>
      attacked.findings.some((finding) => isOf(finding, attack) && isMedium(finding)),
    );
    return {
      scenario,
      attacks: attacks.length,
      found: found.length,
      foundMedium: anyMedium.length,
      meanDelayMs: delays.reduce((sum, delay) => sum + delay, 0) / Math.max(1, delays.length),
    };
  });
  return { calls: clean.calls, days, alerts, scenarios, latest: clean.findings.slice(-200) };
}

function run(options: TrafficOptions, observe: Observe) {
  const traffic = labelledTraffic(options);
  const findings: FindingRaised[] = [];
  let calls = 0;
  let day = 0;
  for (const seen of traffic.days()) {
    calls += seen.length;
    for (const call of seen) {
      const found = observe(call);
      if (day >= options.learningDays) findings.push(...found);
    }
    day += 1;
  }
  return { attacks: traffic.attacks, findings, calls };
}

function isOf({ occurredAt, data }: FindingRaised, attack: Attack): boolean {
  const at = Date.parse(occurredAt);
  return (
    attack.kinds.some((kind) => kind === data.kind) &&
    data.connection?.id === attack.connection &&
    (data.agent === null || data.agent === attack.agent) &&
    (attack.tool === null || data.tool === attack.tool) &&
    at >= attack.from &&
    at <= attack.to + GRACE_MS
  );
}

function isMedium({ data }: FindingRaised): boolean {
  return data.severity !== 'info' && data.severity !== 'low';
}

function isHigh({ data }: FindingRaised): boolean {
  return data.severity === 'high' || data.severity === 'critical';
}
