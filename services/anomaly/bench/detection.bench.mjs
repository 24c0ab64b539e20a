/**
 * What detection finds and what it raises in vain, on labelled traffic.
 *
 *   npx tsc -b services/anomaly/tsconfig.lib.json services/anomaly/tsconfig.bench.json &&
 *   node services/anomaly/bench/detection.bench.mjs [agents] [days] [seeds, like 1,2,3] [attacks of each kind]
 *
 * bench/labelled-traffic.ts says what the traffic is made of. Findings in the first 8 days are not counted: agents are
 * learned for 7. Figures are means over the seeds; in brackets, the medium and above of each.
 */
import { PartitionDetection } from '../dist/detection/partition-detection.js';
import { DETECTOR_DEFAULTS } from '../dist/detection/detectors.js';
import { evaluate } from '../out-tsc/bench/evaluate.js';

const [agents = '120', days = '16', seeds = '1,2,3', attacks = '20'] = process.argv.slice(2);
const started = performance.now();
const learningDays = 8;
const evaluations = seeds.split(',').map((seed) =>
  evaluate(
    {
      seed: Number(seed),
      agents: Number(agents),
      days: Number(days),
      learningDays,
      attacks: Number(attacks),
    },
    () => {
      const detection = new PartitionDetection({ settings: DETECTOR_DEFAULTS });
      return (call) => detection.observeCall(call);
    },
  ),
);
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const mean = (numbers) => sum(numbers) / numbers.length;
const calls = sum(evaluations.map((one) => one.calls));

console.log(
  `${agents} agents, ${days} days (${evaluations[0].days} counted), seeds ${seeds}, ${calls} calls\n`,
);
console.log('clean traffic: findings a day for 1,000 agents');
const totals = { all: 0, medium: 0, high: 0 };
for (const [index, { kind }] of evaluations[0].alerts.entries()) {
  const of = (severity) => evaluations.map(({ alerts }) => alerts[index][severity]);
  for (const severity of Object.keys(totals)) totals[severity] += mean(of(severity));
  const each = of('medium').map((rate) => rate.toFixed(1));
  row(kind, mean(of('all')), mean(of('medium')), mean(of('high')), `[${each.join(' ')}]`);
}
row('together', totals.all, totals.medium, totals.high, '');

console.log('\nattacks');
for (const [index, { scenario }] of evaluations[0].scenarios.entries()) {
  const results = evaluations.map(({ scenarios }) => scenarios[index]);
  const made = sum(results.map((one) => one.attacks));
  const found = sum(results.map((one) => one.found));
  const share = (count) => (count / made).toFixed(3);
  const delay = sum(results.map((one) => one.meanDelayMs * one.found)) / Math.max(1, found);
  const medium = share(sum(results.map((one) => one.foundMedium)));
  console.log(
    `  ${scenario.padEnd(17)} ${String(made).padStart(4)}   recall ${share(found)}   medium and above ${medium}   mean delay ${(delay / 1000).toFixed(0)} s`,
  );
}
if (process.env.SHOW)
  for (const { latest } of evaluations)
    for (const { occurredAt, data } of latest) console.log(occurredAt, data.severity, data.title);
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s`);

function row(what, all, medium, high, each) {
  const figure = (number) => number.toFixed(2).padStart(7);
  console.log(
    `  ${what.padEnd(17)} ${figure(all)}   medium and above ${figure(medium)}   high ${figure(high)}   ${each}`,
  );
}
