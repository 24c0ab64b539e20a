// The plumbing of the gateway without MCP: decide, record, forward, record, answer.
// Arguments: policy socket, upstream port, spool folder, `sender` or `no sender`, url of the log's Postgres.
import { createServer } from 'node:http';
import { openEventLog } from '@portcullis/kafka';
import { createLogger, generateSealingKeyPair } from '@portcullis/service';
import { ConnectionCache } from '../../dist/policy-client/connection-cache.js';
import { HttpPolicyClient } from '../../dist/policy-client/http-policy-client.js';
import { newEventId } from '../../dist/recording/event-ids.js';
import { SpoolCallRecorder } from '../../dist/recording/spool-call-recorder.js';
import { RefusalCounter } from '../../dist/refusals/refusal-counter.js';
import { Sender } from '../../dist/sender/sender.js';
import { Spool } from '../../dist/spool/spool.js';
import { UndiciUpstreamPool } from '../../dist/upstream/undici-upstream-pool.js';
import { completion, question, recordedCall } from './call.mjs';

const [socket, upstreamPort, directory, withSender, postgresUrl] = process.argv.slice(2);
const log = createLogger('gateway', 'error');
const spool = new Spool({ directory, gatewayId: 'bench', maxBytes: 4 * 1024 ** 3, log });
const connections = new ConnectionCache(generateSealingKeyPair());
const policy = new HttpPolicyClient({
  policy: { kind: 'unix', path: socket },
  token: 't'.repeat(43),
  gateway: { id: spool.gatewayId, epoch: spool.epoch },
  control: { healthy: true },
  connections,
});
const recorder = new SpoolCallRecorder(
  spool,
  new RefusalCounter(spool, (slug) => connections.knowsSlug(slug), log),
);
const upstream = new UndiciUpstreamPool({ guard: { allowPrivate: true }, credentials: connections });
const upstreamUrl = `http://127.0.0.1:${upstreamPort}/mcp`;
if (withSender === 'sender') {
  const eventLog = openEventLog({ postgresUrl, clientId: 'bench' });
  new Sender({ directory, state: spool.state, eventLog, log }).start();
}

async function bytesOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

async function handle(request, response) {
  const body = await bytesOf(request);
  const asked = question(newEventId());
  const answer = await policy.decide(asked);
  const call = recordedCall(asked, answer);
  recorder.decided(call);
  const answered = await upstream.request({
    connection: { ...answer.connection, upstreamUrl },
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body,
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 10_000,
  });
  const result = await bytesOf(answered.body);
  recorder.completed(call, completion(result));
  response.writeHead(answered.status, {
    'content-type': 'application/json',
    'content-length': result.length,
  });
  response.end(result);
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    response.writeHead(500).end(String(error));
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', (message) => {
  if (message !== 'figures') return;
  const { state } = spool;
  process.send({
    behind: spool.nextSequence - state.counter('sent'),
    sent: state.counter('sent'),
    batches: state.counter('batches'),
    rssMiB: Math.round(process.memoryUsage().rss / 1024 ** 2),
    cpu: process.cpuUsage(),
  });
});
