import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Igris, IgrisSessionSuspendedError } from '@portcullis/sdk';
import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectUpstream, Load, startCountingUpstream, storedCalls } from '../faults/ledger.js';
import { startTestDeployment, type TestDeployment } from './deployment.js';
import { startTestLogs } from './event-logs.js';

const LONG = { timeoutMs: 60_000, intervalMs: 200 };
const { logs, stop: stopLogs } = await startTestLogs();

afterAll(stopLogs);

async function connect(url: string, headers: Record<string, string>): Promise<Client> {
  const client = new Client(
    { name: 'e2e', version: '1.0.0' },
    { capabilities: { sampling: {}, elicitation: {}, roots: {} } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: 'assistant',
    model: 'test',
    content: { type: 'text', text: 'sampled' },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({
    roots: [{ uri: 'file:///work', name: 'work' }],
  }));
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }) as never,
  );
  return client;
}

/** Arguments for the reference server's tools; those not listed are called with none. */
const ARGUMENTS: Record<string, Record<string, unknown>> = {
  echo: { message: 'Grüße, 世界 \u0000 "quoted"' },
  'get-sum': { a: 2, b: 40 },
  'get-annotated-message': { messageType: 'error', includeImage: true },
  'get-structured-content': { location: 'New York' },
  'get-resource-links': { count: 3 },
  'get-resource-reference': { resourceType: 'Text', resourceId: 1 },
  'trigger-long-running-operation': { duration: 0.2, steps: 2 },
  'trigger-sampling-request': { prompt: 'say', maxTokens: 10 },
};

/** What differs between two runs of the same server: times, and the names of sessions. */
function steady(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<time>')
    .replace(/\d{1,2}:\d{2}:\d{2}( [AP]M)?/g, '<time>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/(?:http:\/\/127\.0\.0\.1|http:\/\/localhost):\d+/g, '<origin>');
}

const outcome = async (call: () => Promise<unknown>) => {
  try {
    return steady(await call());
  } catch (error) {
    return `error ${String((error as { code?: number }).code)}: ${steady((error as Error).message)}`;
  }
};

describe.each(logs)('on $name', ({ missing, broker, env }) => {
  const skipped = missing !== null;
  let portcullis: TestDeployment;
  let direct: Client;
  let governed: Client;

  beforeAll(async () => {
    if (skipped) return;
    portcullis = await startTestDeployment({ env });
    const { data } = await portcullis.api<{ upstreamUrl: string }>('GET', '/connections/everything');
    direct = await connect(data.upstreamUrl, {});
    governed = await connect(`${portcullis.gatewayUrl}/v1/mcp/everything`, {
      authorization: `Bearer ${portcullis.bootstrap.agentKey}`,
    });
  });

  afterAll(async () => {
    await direct?.close();
    await governed?.close();
    await portcullis?.stop();
  });

  describe('the reference server through the gateway', () => {
    it.skipIf(skipped)('shows the same tools, prompts, resources and templates', async () => {
      expect(steady(await governed.listTools())).toBe(steady(await direct.listTools()));
      expect(steady(await governed.listPrompts())).toBe(steady(await direct.listPrompts()));
      expect(steady(await governed.listResources())).toBe(steady(await direct.listResources()));
      expect(steady(await governed.listResourceTemplates())).toBe(
        steady(await direct.listResourceTemplates()),
      );
    });

    it.skipIf(skipped)('answers every tool as the server does', async () => {
      const { tools } = await direct.listTools();
      expect(tools.length).toBeGreaterThan(5);
      for (const { name } of tools) {
        const call = (client: Client) =>
          outcome(() => client.callTool({ name, arguments: ARGUMENTS[name] ?? {} }));
        expect(await call(governed), name).toBe(await call(direct));
      }
    });

    it.skipIf(skipped)('answers every prompt and resource as the server does', async () => {
      const { prompts } = await direct.listPrompts();
      for (const { name, arguments: wanted = [] } of prompts) {
        const args = Object.fromEntries(wanted.map((argument) => [argument.name, '1']));
        const get = (client: Client) => outcome(() => client.getPrompt({ name, arguments: args }));
        expect(await get(governed), name).toBe(await get(direct));
      }
      const { resources } = await direct.listResources();
      for (const { uri } of resources) {
        const read = (client: Client) => outcome(() => client.readResource({ uri }));
        expect(await read(governed), uri).toBe(await read(direct));
      }
    });

    it.skipIf(skipped)('is found again in Lens, whole, in one row a request', async () => {
      const traceId = `trace-${Date.now()}`;
      const igris = new Igris({ apiKey: portcullis.bootstrap.agentKey, baseUrl: portcullis.gatewayUrl });
      expect(
        await igris.mcp.callTool(
          'everything',
          'echo',
          { message: 'find me' },
          { traceId, user: 'ana@example.com', metadata: { team: 'data' } },
        ),
      ).toContain('find me');
      const reader = new Igris({ apiKey: portcullis.bootstrap.apiKey, baseUrl: portcullis.gatewayUrl });
      await until(async () => (await reader.audit.list({ traceId })).events.length > 0, {
        timeoutMs: 15_000,
      });
      const { rows } = await reader.lens.query(`trace:${traceId} args.message:"find me"`, { from: 'now-1h' });
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        type: 'tool_call',
        method: 'tools/call',
        tool: 'echo',
        connection: 'everything',
        user: 'ana@example.com',
        decision: 'allow',
        outcome: 'ok',
        metadata: { team: 'data' },
        args: { message: 'find me' },
      });
      expect(rows[0]?.['rule']).not.toBe('');
      expect(Number(rows[0]?.['latency_ms'])).toBeGreaterThan(0);
    });
  });

  describe('the kill switch', () => {
    it.skipIf(skipped)(
      'suspends a session over REST; the next call is refused whatever the caller changes, until it is resumed',
      async () => {
        const key = await portcullis.createAgentKey('suspend me');
        const igris = new Igris({ apiKey: key.secret, baseUrl: portcullis.gatewayUrl });
        await igris.mcp.callTool('everything', 'echo', { message: 'before' });
        const session = await portcullis.sessionOf(key.id);
        await portcullis.api('POST', `/sessions/${session}/suspend`, { reason: 'looking into it' });

        const refused = expect.objectContaining({ reason: 'session.suspended' }) as unknown;
        await expect(igris.mcp.callTool('everything', 'echo', { message: 'after' })).rejects.toBeInstanceOf(
          IgrisSessionSuspendedError,
        );
        await expect(
          igris.mcp.callTool('everything', 'echo', {}, { user: 'somebody-else@example.com' }),
        ).rejects.toEqual(refused);
        await expect(igris.mcp.initialize('everything')).rejects.toEqual(refused);

        await portcullis.api('POST', `/sessions/${session}/resume`, {});
        expect(await igris.mcp.callTool('everything', 'echo', { message: 'again' })).toContain('again');
      },
    );
  });

  // Postgres holds the control plane too: its log alone cannot be started again.
  if (broker !== undefined) {
    it('loses and repeats nothing when the broker is started again in the middle of traffic', async () => {
      const upstream = await startCountingUpstream();
      await connectUpstream(portcullis, 'counting', upstream.url);
      const load = new Load(portcullis, 'counting', `restart-${Date.now()}`);
      const more = (calls: number) => {
        const before = load.accepted.size;
        return until(() => load.accepted.size > before + calls, LONG);
      };
      await more(100);
      const restarted = broker.restart();
      await more(100);
      await restarted;
      await more(100);
      await load.stop();

      expect(load.cut.size).toBe(0);
      let stored = new Map<string, number>();
      await until(
        async () => {
          stored = await storedCalls(portcullis, load.trace);
          return [...load.accepted].every((call) => stored.has(call));
        },
        { ...LONG, describe: 'every answered call to be found in Lens' },
      );
      expect([...stored].filter(([, count]) => count !== 1)).toEqual([]);
      expect([...load.accepted].filter((call) => !upstream.seen.has(call))).toEqual([]);
      await upstream.stop();
    }, 180_000);
  }
});
