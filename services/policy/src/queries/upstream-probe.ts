import { LATEST_REVISION, SseParser } from '@portcullis/mcp';
import { guardedAgent, OutboundRefused, type OutboundGuardOptions } from '@portcullis/service';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';

export interface ProbeTarget {
  readonly upstreamUrl: string;
  /** Header that carries the credential, if any. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ProbeResult {
  readonly ok: boolean;
  /** Why not, as a stable word; null when ok. */
  readonly reason: string | null;
  readonly latencyMs: number;
  readonly server: { readonly name: string; readonly version: string } | null;
  readonly protocolVersion: string | null;
}

const TIMEOUT_MS = 5_000;
const ANSWER_LIMIT = 1024 * 1024;

const initializedSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.literal(1),
  result: z.object({
    protocolVersion: z.string().max(64),
    serverInfo: z.object({ name: z.string().max(256), version: z.string().max(256) }),
  }),
});

class ProbeFailed extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/**
 * Opens an upstream as a client would: one MCP `initialize`, through the outbound guard, without redirects, within 5 s
 * and 1 MiB. The answer says no more of the upstream than whether it speaks MCP: it must be no way to look around.
 */
export class UpstreamProbe {
  constructor(private readonly guard: OutboundGuardOptions) {}

  async probe(target: ProbeTarget): Promise<ProbeResult> {
    const started = performance.now();
    const agent = guardedAgent(this.guard, {
      connectTimeoutMs: TIMEOUT_MS,
      maxResponseSize: ANSWER_LIMIT,
      pipelining: 1,
    });
    const result = (over: Partial<ProbeResult>): ProbeResult => ({
      ok: false,
      reason: null,
      server: null,
      protocolVersion: null,
      latencyMs: Math.round(performance.now() - started),
      ...over,
    });
    try {
      const { serverInfo, protocolVersion } = await this.initialize(agent, target);
      return result({ ok: true, server: serverInfo, protocolVersion });
    } catch (error) {
      return result({ reason: reasonOf(error) });
    } finally {
      await agent.destroy();
    }
  }

  private async initialize(agent: Dispatcher, { upstreamUrl, headers }: ProbeTarget) {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await request(upstreamUrl, {
      method: 'POST',
      dispatcher: agent,
      signal,
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'user-agent': 'portcullis',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: {
          protocolVersion: LATEST_REVISION,
          capabilities: {},
          clientInfo: { name: 'portcullis', version: '0.1.0' },
        },
      }),
    });
    // A body that is left unread ends in an error event, and nobody else listens.
    response.body.on('error', () => undefined);
    if (response.statusCode !== 200) {
      response.body.destroy();
      throw new ProbeFailed(`http_${response.statusCode}`);
    }
    const message = await firstMessage(response);
    const parsed = initializedSchema.safeParse(message);
    if (!parsed.success) throw new ProbeFailed('not_mcp');
    const session = response.headers['mcp-session-id'];
    if (typeof session === 'string')
      await this.leave(agent, upstreamUrl, { ...headers, 'mcp-session-id': session }, signal);
    return parsed.data.result;
  }

  /** A session nobody will use should not stay open; an upstream that does not care is fine. */
  private async leave(
    agent: Dispatcher,
    url: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const { body } = await request(url, { method: 'DELETE', dispatcher: agent, headers, signal });
      body.on('error', () => undefined);
      await body.dump();
    } catch {
      // It will end by itself.
    }
  }
}

async function firstMessage({ headers, body }: Dispatcher.ResponseData): Promise<unknown> {
  const type = String(headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase();
  if (type === 'application/json') return jsonOf(await bounded(body));
  if (type !== 'text/event-stream') {
    body.destroy();
    throw new ProbeFailed('not_mcp');
  }
  const parser = new SseParser(ANSWER_LIMIT);
  let received = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > ANSWER_LIMIT) throw new ProbeFailed('too_large');
    for (const event of parser.push(chunk)) {
      // Servers that let streams be resumed begin with an event that has an id and no data.
      const message = event.data?.length ? jsonOf(event.data.toString('utf8')) : undefined;
      // Leaving the loop destroys the stream. A server may send notifications before its answer.
      if (
        message &&
        typeof message === 'object' &&
        'id' in message &&
        ('result' in message || 'error' in message)
      )
        return message;
    }
  }
  throw new ProbeFailed('not_mcp');
}

async function bounded(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > ANSWER_LIMIT) throw new ProbeFailed('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProbeFailed('not_mcp');
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ProbeFailed) return error.reason;
  if (error instanceof OutboundRefused) return 'address_not_allowed';
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT') return 'timeout';
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || name === 'SseTooLong') return 'too_large';
  return 'unreachable';
}
