import { IgrisToolError } from './errors.js';
import { identityHeaders, type CallOptions } from './options.js';
import type { Transport } from './transport.js';

export interface McpTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export interface McpContent {
  readonly type: string;
  readonly text?: string;
  readonly [key: string]: unknown;
}

export interface McpToolResult {
  readonly content: readonly McpContent[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly [key: string]: unknown;
}

const PROTOCOL_VERSION = '2025-11-25';
/** A list of more pages is a mistake of the server. */
const MAX_PAGES = 1_000;

/**
 * A small MCP client. No handshake is needed: the gateway initializes the upstream server itself. Every call is decided,
 * recorded and forwarded exactly as one of any other MCP client.
 */
export class IgrisMcp {
  private requests = 0;

  constructor(
    private readonly transport: Transport,
    private readonly baseUrl: string,
  ) {}

  /** Shakes hands, and ends the session again: a check that the connection works. */
  async initialize(
    slug: string,
    options: CallOptions = {},
  ): Promise<{ protocolVersion: string; serverInfo: { name: string; version: string } }> {
    const headers = identityHeaders(options);
    const url = this.url(slug);
    const message = {
      id: this.nextId(),
      method: 'initialize',
      params: {
        protocolVersion: PROTOCOL_VERSION,
        capabilities: {},
        clientInfo: { name: '@portcullis/sdk', version: '0.1.0' },
      },
    };
    const { result, sessionId } = await this.transport.rpc(url, message, headers, options);
    const { protocolVersion, serverInfo } = result as {
      protocolVersion: string;
      serverInfo: { name: string; version: string };
    };
    if (sessionId !== null) {
      const session = { ...headers, 'mcp-session-id': sessionId, 'mcp-protocol-version': protocolVersion };
      await this.transport.tell(
        url,
        'POST',
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        session,
        options,
      );
      await this.transport.tell(url, 'DELETE', undefined, session, options);
    }
    return { protocolVersion, serverInfo };
  }

  /** Every tool the key may use, all pages. */
  async listTools(slug: string, options: CallOptions = {}): Promise<McpTool[]> {
    const headers = identityHeaders(options);
    const tools: McpTool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const message = {
        id: this.nextId(),
        method: 'tools/list',
        params: cursor === undefined ? {} : { cursor },
      };
      const { result } = await this.transport.rpc(this.url(slug), message, headers, options);
      const { tools: found, nextCursor } = result as { tools: McpTool[]; nextCursor?: string };
      tools.push(...found);
      if (nextCursor === undefined) break;
      cursor = nextCursor;
    }
    return tools;
  }

  /** The text of the result, its parts joined by newlines. A result with `isError` throws `IgrisToolError`. */
  async callTool(
    slug: string,
    tool: string,
    args: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<string> {
    const result = await this.callToolRaw(slug, tool, args, options);
    const text = result.content
      .flatMap((part) => (part.type === 'text' && part.text !== undefined ? [part.text] : []))
      .join('\n');
    if (result.isError) throw new IgrisToolError(text === '' ? `${tool} failed.` : text, result);
    return text;
  }

  /** The whole result, as the upstream server gave it; `isError` is not thrown. */
  async callToolRaw(
    slug: string,
    tool: string,
    args: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<McpToolResult> {
    const message = { id: this.nextId(), method: 'tools/call', params: { name: tool, arguments: args } };
    const { result } = await this.transport.rpc(this.url(slug), message, identityHeaders(options), options);
    return result as McpToolResult;
  }

  private url(slug: string): string {
    return `${this.baseUrl}/v1/mcp/${encodeURIComponent(slug)}`;
  }

  private nextId(): string {
    this.requests += 1;
    return `sdk-${this.requests}`;
  }
}
