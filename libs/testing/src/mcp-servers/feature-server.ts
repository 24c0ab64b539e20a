import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { SubscribeRequestSchema, UnsubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** One session's server, with handles for what a test wants to make it do unasked. */
export interface FeatureServer {
  readonly server: McpServer;
  /** Calls of `wait` that have not been released. */
  readonly waiting: Map<string, (text: string) => void>;
  /** Ids of calls whose cancellation reached the server. */
  readonly cancelled: string[];
  readonly subscriptions: Set<string>;
}

const said = (text: string) => ({ content: [{ type: 'text' as const, text }] });

/**
 * Tools, resources, prompts and completion, and tools that ask the client: sampling, elicitation, roots, on the stream of
 * the call and on the session's own.
 */
export function createFeatureServer(): FeatureServer {
  const server = new McpServer(
    { name: 'features', version: '1.2.3' },
    {
      capabilities: {
        logging: {},
        resources: { subscribe: true, listChanged: true },
        tools: { listChanged: true },
        prompts: { listChanged: true },
      },
      instructions: 'A server to try a gateway on.',
    },
  );
  const features: FeatureServer = { server, waiting: new Map(), cancelled: [], subscriptions: new Set() };

  server.registerTool(
    'echo',
    { description: 'Says it back.', inputSchema: { text: z.string() }, annotations: { readOnlyHint: true } },
    ({ text }) => said(text),
  );
  server.registerTool(
    'delete_everything',
    { description: 'Destroys.', annotations: { destructiveHint: true } },
    () => said('all gone'),
  );
  server.registerTool('fail', { description: 'Fails as a tool does.' }, () => ({
    ...said('it did not work'),
    isError: true,
  }));
  server.registerTool('structured', { outputSchema: { n: z.number() } }, () => ({
    ...said('{"n":1}'),
    structuredContent: { n: 1 },
  }));
  server.registerTool(
    'state',
    { description: 'Counts within the session.', inputSchema: { add: z.number() } },
    ({ add }) => {
      count += add;
      return said(String(count));
    },
  );
  let count = 0;

  server.registerTool(
    'wait',
    { description: 'Answers when released.', inputSchema: { key: z.string() } },
    ({ key }, { signal }) =>
      new Promise((resolve) => {
        const end = (text: string): void => {
          features.waiting.delete(key);
          resolve(said(text));
        };
        features.waiting.set(key, end);
        signal.addEventListener('abort', () => {
          features.cancelled.push(key);
          end('cancelled');
        });
      }),
  );

  server.registerTool(
    'progress',
    { description: 'Tells how far it is.', inputSchema: { steps: z.number() } },
    async ({ steps }, { _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken;
      for (let progress = 1; progressToken !== undefined && progress <= steps; progress += 1) {
        await sendNotification({
          method: 'notifications/progress',
          params: { progressToken, progress, total: steps },
        });
      }
      return said('done');
    },
  );

  server.registerTool(
    'ask',
    { description: 'Asks the user, on the stream of the call.', inputSchema: { question: z.string() } },
    async ({ question }, { sendRequest }) => {
      const answer = await sendRequest(
        {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: question,
            requestedSchema: { type: 'object', properties: { answer: { type: 'string' } } },
          },
        },
        z.object({ action: z.string(), content: z.record(z.string(), z.unknown()).optional() }),
      );
      return said(JSON.stringify(answer));
    },
  );

  server.registerTool(
    'sample',
    { description: 'Asks the model, on the stream of the call.', inputSchema: { prompt: z.string() } },
    async ({ prompt }, { sendRequest }) => {
      const answer = await sendRequest(
        {
          method: 'sampling/createMessage',
          params: { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 10 },
        },
        z.object({ content: z.object({ text: z.string() }) }),
      );
      return said(answer.content.text);
    },
  );

  server.registerTool(
    'sample_many',
    {
      description: 'Asks the model many times at once.',
      inputSchema: { prefix: z.string(), times: z.number() },
    },
    async ({ prefix, times }, { sendRequest }) => {
      const answers = await Promise.all(
        Array.from({ length: times }, (_, index) =>
          sendRequest(
            {
              method: 'sampling/createMessage',
              params: {
                messages: [{ role: 'user', content: { type: 'text', text: `${prefix}:${index}` } }],
                maxTokens: 10,
              },
            },
            z.object({ content: z.object({ text: z.string() }) }),
          ),
        ),
      );
      return said(answers.map((answer) => answer.content.text).join(','));
    },
  );

  server.registerTool('roots', { description: 'Asks for the roots, on the session stream.' }, async () => {
    const { roots } = await server.server.listRoots();
    return said(roots.map((root) => root.uri).join(','));
  });

  server.registerTool(
    'big',
    { description: 'Answers with so many characters.', inputSchema: { characters: z.number() } },
    ({ characters }) => said('x'.repeat(characters)),
  );

  server.registerResource('readme', 'features://readme', { mimeType: 'text/plain' }, (uri) => ({
    contents: [{ uri: uri.href, text: 'read me' }],
  }));
  server.registerResource('secret', 'features://secret', { mimeType: 'text/plain' }, (uri) => ({
    contents: [{ uri: uri.href, text: 'a secret' }],
  }));
  server.registerResource(
    'note',
    new ResourceTemplate('features://notes/{name}', {
      list: undefined,
      complete: { name: (value) => ['alpha', 'beta'].filter((name) => name.startsWith(value)) },
    }),
    {},
    (uri, { name }) => ({ contents: [{ uri: uri.href, text: `note ${String(name)}` }] }),
  );
  server.registerPrompt(
    'greet',
    {
      description: 'Greets.',
      argsSchema: {
        name: completable(z.string(), (value) => ['ana', 'ben'].filter((name) => name.startsWith(value))),
      },
    },
    ({ name }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Hello ${name}` } }] }),
  );
  server.registerPrompt('hidden', { description: 'Not for everybody.' }, () => ({ messages: [] }));

  server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    features.subscriptions.add(params.uri);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    features.subscriptions.delete(params.uri);
    return {};
  });
  return features;
}
