import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { startFeatureServer, type RunningFeatureServer } from '@portcullis/testing/mcp-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../test/gateway-harness.js';
import { bearer, connectClient, type TestClient } from '../../test/with-client.js';

let upstream: RunningFeatureServer;
let gateway: TestGateway;
const open: TestClient[] = [];

beforeAll(async () => {
  upstream = await startFeatureServer();
});
afterAll(() => upstream.stop());
beforeEach(async () => {
  gateway = await startTestGateway();
  gateway.connect('features', upstream.url);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
  expect(gateway.recorder.broken()).toEqual([]);
  await gateway.stop();
});

/** All of this shares two cores with the rest of the tests. */
const PATIENT = { timeout: 240_000 };
const ALL = { sampling: {}, elicitation: {}, roots: {} };
const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content[0]!.text;
const text = (value: string) => ({ type: 'text' as const, text: value });

/** A client that answers everything it is asked with its own name and the question. */
async function answering(
  name: string,
  key = gateway.key(),
  delay?: () => Promise<void>,
): Promise<TestClient & { asked: string[] }> {
  const asked: string[] = [];
  const client = await connectClient(gateway.url('features'), bearer(key), ALL, (sdk) => {
    sdk.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => {
      const prompt = (params.messages[0]!.content as { text: string }).text;
      asked.push(prompt);
      await delay?.();
      return { role: 'assistant', model: 'm', content: text(`${name} answers ${prompt}`) };
    });
    sdk.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message);
      return { action: 'accept', content: { answer: `${name} says yes to ${params.message}` } };
    });
    sdk.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file:///${name}` }] }));
  });
  open.push(client);
  return { ...client, asked };
}

describe('requests of upstreams to clients', () => {
  it('carries sampling and elicitation on the stream of the call, roots on the session stream, and records each', async () => {
    const { client } = await answering('ana');
    expect(textOf(await client.callTool({ name: 'sample', arguments: { prompt: 'p' } }))).toBe(
      'ana answers p',
    );
    expect(textOf(await client.callTool({ name: 'ask', arguments: { question: 'q' } }))).toContain(
      'ana says yes to q',
    );
    expect(textOf(await client.callTool({ name: 'roots', arguments: {} }))).toBe('file:///ana');
    for (const method of ['sampling/createMessage', 'elicitation/create', 'roots/list']) {
      const { type, facts, completion } = gateway.recorder.last(method);
      expect(
        { type, direction: facts.direction, tenant: facts.key?.label, outcome: completion?.outcome },
        method,
      ).toEqual({
        type: 'completed',
        direction: 'server',
        tenant: 'label of key-1',
        outcome: 'ok',
      });
    }
    expect(gateway.recorder.last('sampling/createMessage').facts.arguments).toContain('"text":"p"');
    expect(gateway.recorder.last('sampling/createMessage').completion?.result).toContain('ana answers p');
    expect(
      gateway.policy.questions.filter(({ direction }) => direction === 'server').map(({ method }) => method),
    ).toEqual(['sampling/createMessage', 'elicitation/create', 'roots/list']);
  });

  it('answers the upstream itself when policy refuses, and the client is never asked', async () => {
    const { client, asked } = await answering('ana');
    gateway.policy.rule = ({ method }) =>
      method === 'sampling/createMessage'
        ? { decision: 'deny', reason: 'policy.denied', rule: 'no sampling', message: 'not here' }
        : undefined;
    const result = await client.callTool({ name: 'sample', arguments: { prompt: 'p' } });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain('not here');
    expect(asked).toEqual([]);
    expect(gateway.recorder.last('sampling/createMessage')).toMatchObject({
      type: 'refused',
      facts: { reason: 'policy.denied', rule: 'no sampling' },
    });
  });

  it('refuses what the client did not offer', async () => {
    const bare = await connectClient(gateway.url('features'), bearer(gateway.key()));
    open.push(bare);
    const result = await bare.client.callTool({ name: 'sample', arguments: { prompt: 'p' } });
    expect(result.isError).toBe(true);
    expect(bare.errors).toEqual([]);
  });

  it('refuses while policy or audit cannot be had', async () => {
    const { client, asked } = await answering('ana');
    gateway.policy.rule = ({ method }) => {
      if (method === 'sampling/createMessage') throw new Error('no answer');
      return undefined;
    };
    expect((await client.callTool({ name: 'sample', arguments: { prompt: 'p' } })).isError).toBe(true);
    expect(asked).toEqual([]);
    expect(gateway.recorder.last('sampling/createMessage').facts.reason).toBe('policy.unavailable');
  });

  it('hands a client its error as an error', async () => {
    const failing = await connectClient(gateway.url('features'), bearer(gateway.key()), ALL, (sdk) => {
      sdk.setRequestHandler(CreateMessageRequestSchema, () => {
        throw new Error('the model is out');
      });
    });
    open.push(failing);
    const result = await failing.client.callTool({ name: 'sample', arguments: { prompt: 'p' } });
    expect(textOf(result)).toContain('the model is out');
    expect(gateway.recorder.last('sampling/createMessage').completion).toMatchObject({
      outcome: 'error',
      error: 'jsonrpc:-32603',
    });
  });

  it('keeps 20 questions and 20 calls at once apart in 100 sessions, and leaves nothing behind', async () => {
    // Answers come back in another order than they were asked, so that a mixed-up id shows.
    const delay = () => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 30));
    const clients = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => ({
        name: `c${index}`,
        ...(await answering(`c${index}`, gateway.key(`org-${index % 7}`), delay)),
      })),
    );
    expect(gateway.gateway.figures().sessions).toBe(100);
    await Promise.all(
      clients.map(async ({ name, client }) => {
        // One call that asks 20 times, and 20 calls beside it.
        const many = client.callTool(
          { name: 'sample_many', arguments: { prefix: name, times: 20 } },
          undefined,
          PATIENT,
        );
        const calls = Array.from({ length: 20 }, (_, index) =>
          client.callTool({ name: 'echo', arguments: { text: `${name}-${index}` } }, undefined, PATIENT),
        );
        expect(textOf(await many)).toBe(
          Array.from({ length: 20 }, (_, index) => `${name} answers ${name}:${index}`).join(','),
        );
        expect((await Promise.all(calls)).map(textOf)).toEqual(
          Array.from({ length: 20 }, (_, index) => `${name}-${index}`),
        );
      }),
    );
    for (const { name, asked } of clients) {
      expect(asked.sort()).toEqual(Array.from({ length: 20 }, (_, index) => `${name}:${index}`).sort());
    }
    expect(gateway.recorder.terminal('sampling/createMessage')).toHaveLength(2000);
    expect(
      gateway.recorder
        .terminal('sampling/createMessage')
        .every(({ completion }) => completion?.outcome === 'ok'),
    ).toBe(true);
    expect(gateway.recorder.terminal('tools/call')).toHaveLength(2100);
    await Promise.all(open.splice(0).map((client) => client.close()));
    expect(gateway.gateway.figures()).toMatchObject({ calls: 0, streams: 0, sessions: 0, serverRequests: 0 });
    expect(upstream.sessions.size).toBe(0);
  }, 300_000);
});
