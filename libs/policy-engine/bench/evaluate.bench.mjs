// Decides requests against 1,000 rules of which the last one matches. Needs a build: npx tsc -b libs/policy-engine/tsconfig.lib.json
import { compile, evaluate, InProcessRateLimiter } from '../dist/index.js';

const RULES = 1_000;
const ROUNDS = 20_000;

const target = (tool) => ({ kind: 'mcp_tool', tool });
const policiesOf = (rules) => [
  {
    id: 'org',
    name: 'org',
    revision: 1,
    scope: 'organization',
    order: 0,
    document: { version: 1, name: 'org', engine: 'native', rules: rules.slice(0, RULES / 2) },
  },
  {
    id: 'con',
    name: 'con',
    revision: 1,
    scope: 'connection',
    connectionId: 'c1',
    order: 0,
    document: { version: 1, name: 'con', engine: 'native', rules: rules.slice(RULES / 2) },
  },
];
const fill = (ruleAt, last) => [
  ...Array.from({ length: RULES - 1 }, (_, index) => ({
    name: `rule ${index}`,
    action: 'deny',
    ...ruleAt(index),
  })),
  { name: 'last', action: 'allow', ...last },
];
const lastRule = {
  target: target('refund'),
  conditions: { 'arguments.amount': { lte: 500 }, 'metadata.team': 'payments' },
  limit: { calls: 1_000, per: '1m', key: ['user', 'key'] },
};

const conditionAt = (index) =>
  [
    { 'metadata.role': `role-${index}` },
    { 'arguments.amount': { gt: 1_000 + index } },
    { user: { in: [`u${index}@example.com`, `v${index}@example.com`] } },
    { 'arguments.customer.id': { starts_with: `x${index}` } },
    { 'arguments.path': { glob: `/srv/${index}/*` } },
    { 'source.ip': { in: [`10.${index % 256}.0.0/16`, '2001:db8::/32'] } },
    { any: [{ 'key.id': `k${index}` }, { not: { 'metadata.team': 'payments' } }] },
    { 'time.hour': { gte: 30 }, 'tool.annotations.readOnlyHint': true },
    { 'session.calls': { gt: 1_000_000 }, agent: { ends_with: `-${index}` } },
    { 'arguments.note': { contains: `needle-${index}` } },
  ][index % 10];

const SCENARIOS = {
  'distinct tools: exact, glob and conditions mixed': fill(
    (index) =>
      [
        { target: target(`tool_${index}`) },
        { target: target(`{get,list}_${index}_*`), conditions: conditionAt(index) },
        { target: target(`*_${index}_[a-f]?`) },
        { target: target('*'), conditions: conditionAt(index) },
      ][index % 4],
    lastRule,
  ),
  'every rule targets the tool and tests conditions (10 kinds)': fill(
    (index) => ({ target: target(index % 2 ? '*' : 're*'), conditions: conditionAt(index) }),
    lastRule,
  ),
  'every rule globs a 60-character argument': fill(
    (index) => ({ target: target('*'), conditions: { 'arguments.path': { glob: `*/x${index}/*.{ts,js}` } } }),
    lastRule,
  ),
  '100 of the rules match regular expressions': fill(
    (index) => ({
      target: target('*'),
      conditions:
        index % 10 ? conditionAt(index) : { 'arguments.path': { matches: `^/(srv|opt)/x${index}/[a-z]+$` } },
    }),
    lastRule,
  ),
};

const request = (round, name = 'refund') => ({
  organizationId: 'o1',
  connection: { id: 'c1', slug: 'stripe', name: 'Stripe' },
  kind: 'tool',
  method: 'tools/call',
  name,
  now: 1_800_000_000_000 + round,
  user: 'ana@example.com',
  metadata: { role: 'analyst', team: 'payments' },
  arguments: {
    amount: 40 + (round % 400),
    customer: { id: `c-${round}` },
    path: '/home/ana/projects/portcullis/libs/policy-engine/src/glob.py',
    note: 'nothing to see here, only a short note of some words',
  },
  key: { id: 'k', label: 'agent', agent: 'billing-agent' },
  tool: { annotations: { destructiveHint: false } },
  session: { id: 's', ageSeconds: 12, calls: 40, labels: [] },
  client: { name: 'cli', version: '1' },
  sourceIp: '203.0.113.9',
});

function measure(label, run) {
  for (let round = 0; round < 3_000; round++) run(round);
  const times = new Float64Array(ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    run(round);
    times[round] = (performance.now() - start) * 1_000;
  }
  times.sort();
  const at = (share) => times[Math.floor(ROUNDS * share)].toFixed(1).padStart(7);
  console.log(`${label.padEnd(64)} p50 ${at(0.5)} us   p99 ${at(0.99)} us`);
}

// What the machine does to a loop of fixed length: its p99 over its p50 is noise that every line below carries too.
let sink = 0;
measure('control: a fixed loop', (round) => {
  for (let step = 0; step < 25_000; step++) sink = (sink + step * round) | 0;
});
for (const [label, rules] of Object.entries(SCENARIOS)) {
  const start = performance.now();
  const compiled = compile(policiesOf(rules), { defaultAction: 'deny' });
  const compileMs = performance.now() - start;
  const decided = evaluate(compiled, request(0));
  if (decided.rule !== 'last') throw new Error(`${label}: decided by ${decided.rule}`);
  measure(`${label} (compiled in ${compileMs.toFixed(0)} ms)`, (round) => evaluate(compiled, request(round)));
  if (label.startsWith('distinct'))
    measure('  the same, every call a tool name never seen before', (round) =>
      evaluate(compiled, request(round, `unknown_${round}`)),
    );
}
const limiter = new InProcessRateLimiter();
measure('rate limiter, 5,000 keys in turn', (round) =>
  limiter.take(`k${round % 5_000}`, { calls: 60, perMs: 60_000 }, 1_800_000_000_000 + round),
);
