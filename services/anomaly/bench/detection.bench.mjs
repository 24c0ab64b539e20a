/**
 * What detection finds and what it raises in vain, on labelled traffic.
 *
 *   npx tsc -b services/anomaly/tsconfig.lib.json services/anomaly/tsconfig.bench.json &&
 *   node services/anomaly/bench/detection.bench.mjs [agents] [days] [seed] [attacks of each kind]
 *
 * bench/labelled-traffic.ts says what the traffic is made of. Findings in the first 8 days are not counted: agents are
 * learned for 7.
 */
import { PartitionDetection } from '../dist/detection/partition-detection.js';
import { DETECTOR_DEFAULTS } from '../dist/detection/detectors.js';
import { evaluate } from '../out-tsc/bench/evaluate.js';

const [agents = 1_000, days = 22, seed = 1, attacks = 40] = process.argv.slice(2).map(Number);
const started = performance.now();
const learningDays = 8;
const evaluation = evaluate({ seed, agents, days, learningDays, attacks }, () => {
  const detection = new PartitionDetection({ settings: DETECTOR_DEFAULTS });
  return (call) => detection.observeCall(call);
});
const { calls, alerts, scenarios, latest } = evaluation;

console.log(`${agents} agents, ${days} days (${evaluation.days} counted), ${calls} calls, seed ${seed}\n`);
console.log('clean traffic: findings a day for 1,000 agents');
for (const { kind, all, medium, high } of alerts) {
  console.log(
    `  ${kind.padEnd(17)} ${all.toFixed(2).padStart(7)}   medium and above ${medium.toFixed(2).padStart(6)}   high ${high.toFixed(2).padStart(6)}`,
  );
}
console.log('\nattacks');
for (const { scenario, attacks: made, found, foundMedium, meanDelayMs } of scenarios) {
  const share = (count) => (count / made).toFixed(3);
  console.log(
    `  ${scenario.padEnd(17)} ${String(made).padStart(3)}   recall ${share(found)}   medium and above ${share(foundMedium)}   mean delay ${(meanDelayMs / 1000).toFixed(0)} s`,
  );
}
if (process.env.SHOW)
  for (const { occurredAt, data } of latest) console.log(occurredAt, data.severity, data.title);
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s`);
