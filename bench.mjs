// npm run bench: the measurements of docs/benchmarks.md, each beside a direct call in the same run. `--quick` for a look.
// Prints what it finds and writes the figures to .portcullis-bench.json (not committed).
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const quick = process.argv.includes('--quick');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
const say = (line) => console.log(line);

const build = spawnSync('npx', ['tsc', '-b', 'tsconfig.build.json'], { stdio: 'inherit' });
if (build.status !== 0) process.exit(build.status ?? 1);

const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
const results = {
  commit,
  node: process.version,
  cpu: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
};
say(
  `commit ${commit}, Node ${process.version}, ${results.cpu}, ${results.memoryGiB} GiB${quick ? ', quick' : ''}`,
);

const benches = {
  'call-path': async () => (await import('./tests/bench/call-path.bench.mjs')).benchCallPath({ say, quick }),
  lens: async () => (await import('./tests/bench/lens.bench.mjs')).benchLens({ say, quick }),
  live: async () => (await import('./tests/bench/live.bench.mjs')).benchLive({ say, quick }),
  alerts: async () =>
    (await import('./tests/bench/alert-delivery.bench.mjs')).benchAlertDelivery({ say, quick }),
  dashboard: async () => (await import('./tests/bench/dashboard.bench.mjs')).benchDashboard({ say, quick }),
  decide: () => script('services/policy/bench/decide.bench.mjs', ['3000']),
  engine: () => script('libs/policy-engine/bench/evaluate.bench.mjs', []),
  anomaly: () => anomaly(),
  ingest: () => script('services/audit/bench/ingest.bench.mjs', [quick ? '50000' : '200000']),
};

for (const [name, run] of Object.entries(benches)) {
  if (only !== undefined && only !== name) continue;
  say(`\n# ${name}`);
  results[name] = await run();
}
writeFileSync('.portcullis-bench.json', `${JSON.stringify(results, null, 2)}\n`);

/** Its traffic is made by TypeScript that is built for it alone. */
function anomaly() {
  const projects = [
    'libs/testing',
    'services/anomaly/tsconfig.lib.json',
    'services/anomaly/tsconfig.bench.json',
  ];
  const built = spawnSync('npx', ['tsc', '-b', ...projects], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the bench of the anomaly service does not build');
  return {
    throughput: script('services/anomaly/bench/throughput.bench.mjs', [quick ? '50000' : '200000']),
    detection: script('services/anomaly/bench/detection.bench.mjs', quick ? ['200', '12', '1', '10'] : []),
  };
}

function script(file, args) {
  const { status, stdout } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  say(stdout.trim());
  if (status !== 0) throw new Error(`${file} ended with ${status}`);
  return stdout.trim().split('\n');
}
