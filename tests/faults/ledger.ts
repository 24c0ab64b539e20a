import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestDeployment } from '../e2e/deployment.js';

/** An upstream that remembers what reached it: the other half of the ledger. */
export interface CountingUpstream {
  readonly url: string;
  readonly seen: Set<string>;
  stop(): Promise<void>;
}

export async function startCountingUpstream(): Promise<CountingUpstream> {
  const seen = new Set<string>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const message = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as {
        id?: unknown;
        method?: string;
        params?: { protocolVersion?: string; arguments?: { call?: string } };
      };
      if (message.id === undefined) return response.writeHead(202).end();
      const call = message.params?.arguments?.call;
      if (call !== undefined) seen.add(call);
      const result =
        message.method === 'initialize'
          ? {
              protocolVersion: message.params?.protocolVersion,
              capabilities: { tools: {} },
              serverInfo: { name: 'counting', version: '1' },
            }
          : { content: [{ type: 'text', text: call ?? '' }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const RETRY_MS = 20;

/** Calls under way until told to stop, with what each caller was told. */
export class Load {
  /** Calls answered with a result. */
  readonly accepted = new Set<string>();
  /** Calls answered with a refusal, by its reason. */
  readonly refused = new Map<string, string>();
  /** Calls that got no answer at all: the gateway may or may not have recorded them. */
  readonly cut = new Set<string>();
  private stopping = false;
  private readonly workers: Promise<void>[];
  private next = 0;

  constructor(
    private readonly deployment: TestDeployment,
    private readonly slug: string,
    readonly trace: string,
    clients = 8,
  ) {
    this.workers = Array.from({ length: clients }, () => this.work());
  }

  get answered(): number {
    return this.accepted.size + this.refused.size;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.workers);
  }

  private async work(): Promise<void> {
    while (!this.stopping) {
      this.next += 1;
      const call = `${this.trace}-${this.next}`;
      try {
        const response = await fetch(`${this.deployment.gatewayUrl}/v1/mcp/${this.slug}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${this.deployment.bootstrap.agentKey}`,
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'x-igris-trace-id': this.trace,
            'x-igris-errors': 'http',
          },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'tools/call',
            params: { name: 'note', arguments: { call } },
          }),
        });
        const answer = (await response.json()) as {
          result?: unknown;
          error?: { data?: { reason?: string } };
        };
        if (answer.result !== undefined) this.accepted.add(call);
        else this.refused.set(call, answer.error?.data?.reason ?? `http ${response.status}`);
      } catch {
        this.cut.add(call);
        // A gateway that is being started again refuses connections: knocking all the time would only slow its start.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

/** Every stored row of a trace: the call it stands for and how often it is there. */
export async function storedCalls(deployment: TestDeployment, trace: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  let cursor: string | null = null;
  do {
    const { data, meta } = (await deployment.api('POST', '/lens/query', {
      q: `trace:${trace} | fields id, args.call, outcome`,
      from: 'now-1h',
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    })) as { data: { rows: Record<string, string>[] }; meta: { cursor: string | null } };
    for (const row of data.rows) {
      const call = row['args.call'] ?? '';
      found.set(call, (found.get(call) ?? 0) + 1);
    }
    cursor = meta.cursor;
  } while (cursor !== null);
  return found;
}

/** A connection to the upstream with a policy that lets everything through. */
export async function connectUpstream(
  deployment: TestDeployment,
  slug: string,
  upstreamUrl: string,
): Promise<void> {
  await deployment.api('POST', '/connections', { slug, name: slug, upstreamUrl, authType: 'none' });
  await deployment.api('POST', '/policies', {
    name: `${slug}: allow`,
    connection: slug,
    rules: [{ name: 'all', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' }],
  });
}
