// The whole gateway but for the sender: HTTP, MCP, decide, spool, upstream.
// Arguments: policy socket, upstream port, spool folder.
import { createLogger, generateSealingKeyPair } from '@portcullis/service';
import { McpGateway } from '../../dist/mcp/mcp-gateway.js';
import { DEFAULT_LIMITS } from '../../dist/mcp/mcp-limits.js';
import { ConnectionCache } from '../../dist/policy-client/connection-cache.js';
import { HttpPolicyClient } from '../../dist/policy-client/http-policy-client.js';
import { SpoolCallRecorder } from '../../dist/recording/spool-call-recorder.js';
import { RefusalCounter } from '../../dist/refusals/refusal-counter.js';
import { Spool } from '../../dist/spool/spool.js';
import { UndiciUpstreamPool } from '../../dist/upstream/undici-upstream-pool.js';

const [socket, upstreamPort, directory] = process.argv.slice(2);
const log = createLogger('gateway', 'error');
const spool = new Spool({ directory, gatewayId: 'bench', maxBytes: 4 * 1024 ** 3, log });
const connections = new ConnectionCache(generateSealingKeyPair());
const control = {
  healthy: true,
  onStop: () => () => {},
  onPublished: () => () => {},
  onHealth: () => () => {},
};
const asked = new HttpPolicyClient({
  policy: { kind: 'unix', path: socket },
  token: 't'.repeat(43),
  gateway: { id: spool.gatewayId, epoch: spool.epoch },
  control,
  connections,
});
// The fixture of the policy process leads to another upstream.
const upstreamUrl = `http://127.0.0.1:${upstreamPort}/mcp`;
const policy = {
  async decide(question) {
    const answer = await asked.decide(question);
    return {
      ...answer,
      connection: { ...answer.connection, upstreamUrl, auth: { type: 'none' }, identity: { mode: 'none' } },
    };
  },
  filter: (question) => Promise.resolve(question.items.map(() => true)),
};
const recorder = new SpoolCallRecorder(
  spool,
  new RefusalCounter(spool, (slug) => connections.knowsSlug(slug), log),
);
const upstream = new UndiciUpstreamPool({ guard: { allowPrivate: true }, credentials: connections });
const gateway = new McpGateway(
  {
    host: '127.0.0.1',
    port: 0,
    apiUrl: 'http://127.0.0.1:4000',
    trustedProxies: [],
    allowedHosts: [],
    allowedOrigins: [],
    maxConnections: 10_000,
    drainMs: 1_000,
    limits: DEFAULT_LIMITS,
  },
  { policy, recorder, upstream, control },
  log,
);
await gateway.start();
process.send({ port: gateway.port });
process.on('message', (message) => {
  if (message === 'figures') {
    global.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    process.send({
      ...gateway.figures(),
      rssMiB: rss / 1024 ** 2,
      heapMiB: heapUsed / 1024 ** 2,
      cpu: process.cpuUsage(),
    });
  }
  if (message === 'exit') process.exit(0);
});
