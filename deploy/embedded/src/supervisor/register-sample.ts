import { EngineError } from '../engine-error.js';
import type { Bootstrap } from './bootstrap.js';
import type { DataFolder } from './data-folder.js';
import { ask, type Reply } from './http-ask.js';
import { SAMPLE_POLICY } from './sample-policy.js';

export const SAMPLE_SLUG = 'everything';
const FILE = 'sample.json';

/** How far the sample has got, so that what somebody deleted afterwards is not made again. */
interface SampleState {
  connection?: boolean;
  policy?: boolean;
}

/**
 * Registers the reference server as a connection, with a policy, over REST as anybody would. On later starts only its
 * address is brought up to date, and only while the connection exists.
 */
export async function registerSample(
  folder: DataFolder,
  { apiUrl, apiKey }: Bootstrap,
  upstreamUrl: string,
): Promise<void> {
  const state = folder.readJson<SampleState>(FILE) ?? {};
  const call = (method: string, path: string, body?: unknown): Promise<Reply> =>
    ask({
      base: apiUrl,
      path: `/api/v1${path}`,
      method,
      headers: { authorization: `Bearer ${apiKey}` },
      ...(body === undefined ? {} : { body }),
      timeoutMs: 15_000,
    });

  const found = await call('GET', `/connections/${SAMPLE_SLUG}`);
  if (found.status === 200) {
    const { data } = JSON.parse(found.text) as { data: { id: string; upstreamUrl: string } };
    if (data.upstreamUrl !== upstreamUrl) {
      expectOk('move its connection', await call('PATCH', `/connections/${data.id}`, { upstreamUrl }));
    }
  } else if (found.status !== 404) {
    expectOk('find its connection', found);
  } else if (!state.connection) {
    const connection = { slug: SAMPLE_SLUG, name: 'MCP reference server', upstreamUrl, authType: 'none' };
    expectOk('create its connection', await call('POST', '/connections', connection));
  } else return;
  folder.writeJson(FILE, { ...state, connection: true });
  if (state.policy) return;
  const { name, rules } = SAMPLE_POLICY;
  expectOk('publish its policy', await call('POST', '/policies', { name, connection: SAMPLE_SLUG, rules }));
  folder.writeJson(FILE, { connection: true, policy: true });
}

function expectOk(what: string, reply: Reply): void {
  if (reply.status >= 200 && reply.status < 300) return;
  throw new EngineError(
    `The reference server is not registered: the API answered ${reply.status} when asked to ${what}: ${reply.text.slice(0, 300)}`,
  );
}
