/**
 * How long a replica takes from its start to its first answer: it replays every event, without snapshots.
 *
 *   npx tsc -b libs/testing services/policy/tsconfig.lib.json && node --expose-gc services/policy/bench/replay.bench.mjs [events]
 *
 * A mix as of a large deployment: one in ten events publishes a policy of 20 rules, the rest are keys, connections,
 * members, sessions and kill switches.
 */
import { Database, PostgresEventStore, eventStoreMigrations, migrate } from '@portcullis/postgres';
import { startPostgres } from '@portcullis/testing';

const count = Number(process.argv[2] ?? 100_000);
const dist = new URL('../dist/', import.meta.url);
const { PolicyState } = await import(new URL('state/policy-state.js', dist));
const { StateFollower } = await import(new URL('follower/state-follower.js', dist));

const postgres = await startPostgres({ own: true });
try {
  const url = await postgres.createDatabase();
  await migrate({ url, schema: 'policy', migrations: eventStoreMigrations('policy') });
  const database = await Database.open({ url, applicationName: 'bench', maxConnections: 2 });
  const store = new PostgresEventStore({ database, url, schema: 'policy' });
  for (let from = 0; from < count; from += 1_000) {
    const events = Array.from({ length: Math.min(1_000, count - from) }, (_, index) => eventAt(from + index));
    await store.append(`bench-${from}`, events, { expectedVersion: 0 });
  }
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const state = new PolicyState();
  const secrets = { load: async (ids) => new Map(ids.map((id) => [id, { kind: 'api_key', hash: id }])) };
  const follower = new StateFollower({ store, secrets, state });
  follower.start();
  await follower.whenFresh(60_000, () => undefined);
  const seconds = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  globalThis.gc?.();
  console.log(
    `${state.position} events in ${seconds.toFixed(2)} s (${Math.round(count / seconds)}/s, ${((used.user + used.system) / 1e6).toFixed(2)} s of CPU), heap ${((process.memoryUsage().heapUsed - before) / 1e6).toFixed(0)} MB more, ${state.keysByHash.size} keys`,
  );
  await follower.stop();
  await store.close();
  await database.close();
} finally {
  await postgres.stop();
}

function eventAt(index) {
  const organization = Math.floor(index / 1_000);
  const tenantId = `org-${organization}`;
  const [type, data] = occurrence(index, index % 1_000, organization);
  return {
    id: crypto.randomUUID(),
    type,
    version: 1,
    tenantId,
    occurredAt: new Date().toISOString(),
    actor: { type: 'user', id: 'member' },
    correlationId: 'bench',
    causationId: null,
    traceparent: null,
    data,
  };
}

function occurrence(index, within, organization) {
  const connectionId = (number) => `con-${organization}-${number % 20}`;
  if (within === 0) return ['OrganizationCreated', { name: 'o', defaultAction: 'deny' }];
  if (within <= 20) {
    const id = connectionId(within);
    return [
      'ConnectionCreated',
      {
        connectionId: id,
        slug: id,
        name: id,
        upstreamUrl: 'https://x.example/mcp',
        authType: 'none',
        authHeaderName: null,
        identity: { mode: 'none' },
        errorProfile: 'auto',
        secretId: null,
      },
    ];
  }
  if (within <= 40)
    return [
      'PolicyCreated',
      {
        policyId: `p-${organization}-${within % 20}`,
        name: 'p',
        connectionId: connectionId(within),
        order: 0,
      },
    ];
  if (within % 10 === 0) {
    const rules = Array.from({ length: 20 }, (_, rule) => ({
      name: `r${rule}`,
      target: { kind: 'mcp_tool', tool: `t${rule}_*` },
      conditions: { 'arguments.x': { gt: rule } },
      action: 'allow',
    }));
    return [
      'PolicyPublished',
      {
        policyId: `p-${organization}-${(within / 10) % 20}`,
        version: within,
        document: { version: 1, name: 'p', engine: 'native', rules },
        note: null,
        rolledBackFrom: null,
      },
    ];
  }
  if (within % 3 === 0)
    return [
      'ApiKeyCreated',
      {
        keyId: `key-${index}`,
        label: 'l',
        agent: 'a',
        prefix: 'ig_a',
        scopes: ['mcp'],
        connections: null,
        boundUser: null,
        ownerId: null,
        expiresAt: null,
        secretId: `s-${index}`,
      },
    ];
  if (within % 3 === 1)
    return [
      'AgentSessionCompleted',
      {
        sessionId: `s-${index}`,
        connectionId: connectionId(within),
        keyId: `key-${index % 50}`,
        generation: 0,
        lastSeenAt: '',
      },
    ];
  return ['MemberAdded', { memberId: `m-${index}`, email: 'a@example.com', name: 'a', role: 'developer' }];
}
