import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { RefusalReason } from '@portcullis/contracts';
import { until } from '@portcullis/testing';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { folderSize } from './folder-size.js';
import { connectUpstream, startCountingUpstream, type CountingUpstream } from './ledger.js';
import { peaksDuring, residentBytes } from './resident-bytes.js';
import { LONG } from './whole-ledger.js';

/** Before memory is looked at: code is compiled, pools and caches are as full as they get. */
const WARM_UP = 40_000;
const FLOOD = 100_000;
const CLIENTS = 32;
const MEGABYTE = 1024 * 1024;
/** What a heap may be larger than at its largest in the warm-up; 100,000 refusals kept, however small, are more. */
const HEAP_SWING = 40 * MEGABYTE;
/** Refusals written down one by one would take some 500 bytes each: 50 MB. */
const WRITTEN_LIMIT = MEGABYTE;

let portcullis: TestDeployment;
let upstream: CountingUpstream;

beforeAll(async () => {
  upstream = await startCountingUpstream();
  portcullis = await startTestDeployment({ bare: true });
  await connectUpstream(portcullis, 'counting', upstream.url);
});

afterAll(async () => {
  await portcullis?.stop();
  await upstream?.stop();
});

const key = () => `ig_${randomBytes(30).toString('hex').slice(0, 40)}`;

/** Each kind of caller nobody knows, and how it is refused; slugs, keys and addresses are made up anew every time. */
const CALLERS: ((call: number) => {
  slug: string;
  headers: Record<string, string>;
  refusal: `${number} ${RefusalReason}`;
})[] = [
  () => ({ slug: 'counting', refusal: '401 auth.invalid', headers: { authorization: `Bearer ${key()}` } }),
  (call) => ({
    slug: `made-up-${call}`,
    refusal: '401 auth.invalid',
    headers: { authorization: `Bearer ${key()}`, 'x-forwarded-for': `10.${call % 250}.${call % 199}.1` },
  }),
  () => ({ slug: 'counting', refusal: '401 auth.required', headers: {} }),
  () => ({
    slug: 'counting',
    refusal: '401 auth.invalid',
    headers: { authorization: `Bearer ${randomBytes(200).toString('base64')}` },
  }),
  // A cookie from no page.
  () => ({
    slug: 'counting',
    refusal: '403 origin.forbidden',
    headers: { cookie: `igris.session_token=${randomBytes(24).toString('base64url')}` },
  }),
  // In a session that is nobody's: who asks comes first.
  (call) => ({
    slug: 'counting',
    refusal: '401 auth.invalid',
    headers: {
      authorization: `Bearer ${key()}`,
      'x-igris-trace-id': `t${call}`,
      'x-igris-user': `u${call}`,
      'mcp-session-id': key(),
    },
  }),
];

/** Answers how many were refused as their kind is; others are listed as what they were to be and what they were. */
async function flood(calls: number): Promise<{ refused: number; otherwise: string[] }> {
  const agent = new Agent({ connections: CLIENTS });
  const otherwise = new Set<string>();
  let refused = 0;
  let next = 0;
  const client = async () => {
    while (next < calls) {
      const call = next++;
      const { slug, headers, refusal } = CALLERS[call % CALLERS.length]!(call);
      const answer = await request(`${portcullis.gatewayUrl}/v1/mcp/${slug}`, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: call,
          method: 'tools/call',
          params: { name: 'note', arguments: { call: `bad-${call}` } },
        }),
      });
      await answer.body.dump();
      const got = `${answer.statusCode} ${String(answer.headers['x-portcullis-refusal'])}`;
      if (got === refusal) refused += 1;
      else otherwise.add(`${refusal}, not ${got}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await agent.close();
  return { refused, otherwise: [...otherwise] };
}

describe('a flood of bad keys', () => {
  it.skipIf(process.platform !== 'linux')(
    'leaves memory and disk as they were, reaches nothing, and keeps nobody else out',
    async () => {
      const processes = ['gateway', 'policy'] as const;
      const pids = processes.map((name) => portcullis.pids[name]);
      const memory = await peaksDuring(pids, () => flood(WARM_UP));
      const written = () =>
        folderSize(join(portcullis.dataDir, 'spool')) + folderSize(join(portcullis.dataDir, 'logs'));
      // Postgres's and ClickHouse's own journals come and go in files of fixed sizes.
      const disk = () => folderSize(portcullis.dataDir, ['pg_wal', 'store', 'clickhouse']);
      const [writtenBefore, diskBefore] = [written(), disk()];

      expect(await flood(FLOOD)).toEqual({ refused: FLOOD, otherwise: [] });

      // The same processes: none was killed and started again for want of memory.
      expect(processes.map((name) => portcullis.pids[name])).toEqual(pids);
      for (const [at, name] of processes.entries()) {
        const before = memory[at] ?? 0;
        await until(() => residentBytes(pids[at]) < before + HEAP_SWING, {
          ...LONG,
          describe: `${name} to be no larger than before`,
        });
      }
      expect(written() - writtenBefore).toBeLessThan(WRITTEN_LIMIT);
      expect(disk() - diskBefore).toBeLessThan(4 * WRITTEN_LIMIT);
      expect(upstream.seen.size).toBe(0);

      const good = await fetch(`${portcullis.gatewayUrl}/v1/mcp/counting`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${portcullis.bootstrap.agentKey}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'note', arguments: { call: 'good' } },
        }),
      });
      expect(await good.json()).toMatchObject({ result: { content: [{ text: 'good' }] } });
    },
    300_000,
  );
});
