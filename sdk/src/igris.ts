import { IgrisAudit } from './audit.js';
import { IgrisError } from './errors.js';
import { IgrisLens } from './lens.js';
import { IgrisMcp } from './mcp.js';
import { DEFAULT_BASE_URL, identityHeaders, type CallOptions, type IgrisOptions } from './options.js';
import { Transport } from './transport.js';

/** The client. It keeps no connection and no state: one for each key is enough. */
export class Igris {
  readonly mcp: IgrisMcp;
  readonly audit: IgrisAudit;
  readonly lens: IgrisLens;
  readonly baseUrl: string;
  private readonly apiKey: string;
  private readonly fetcher: typeof fetch;
  private apiUrl: Promise<string> | undefined;

  constructor(options: IgrisOptions) {
    if (typeof options.apiKey !== 'string' || options.apiKey.trim() === '')
      throw new TypeError('apiKey is required');
    this.apiKey = options.apiKey;
    this.baseUrl = trimmed(options.baseUrl ?? environment('IGRIS_BASE_URL') ?? DEFAULT_BASE_URL);
    this.fetcher = options.fetch ?? ((input, init) => fetch(input, init));
    if (options.apiUrl !== undefined) this.apiUrl = Promise.resolve(trimmed(options.apiUrl));
    const transport = new Transport(options.apiKey, this.fetcher);
    const apiUrl = () => this.discoverApiUrl();
    this.mcp = new IgrisMcp(transport, this.baseUrl);
    this.audit = new IgrisAudit(transport, apiUrl);
    this.lens = new IgrisLens(transport, apiUrl);
  }

  /** Address and headers for any MCP client over HTTP. The trace id is made once, here, unless given. */
  connectHttp(slug: string, options: CallOptions = {}): { url: string; headers: Record<string, string> } {
    return {
      url: `${this.baseUrl}/v1/mcp/${encodeURIComponent(slug)}`,
      headers: { authorization: `Bearer ${this.apiKey}`, ...identityHeaders(options) },
    };
  }

  private discoverApiUrl(): Promise<string> {
    this.apiUrl ??= this.askGateway().catch((error: unknown) => {
      this.apiUrl = undefined;
      throw error;
    });
    return this.apiUrl;
  }

  private async askGateway(): Promise<string> {
    try {
      const response = await this.fetcher(`${this.baseUrl}/.well-known/portcullis`, {
        redirect: 'error',
        signal: AbortSignal.timeout(10_000),
      });
      const { apiUrl } = (await response.json()) as { apiUrl?: unknown };
      if (typeof apiUrl === 'string') return trimmed(apiUrl);
    } catch (cause) {
      throw new IgrisError('The gateway does not say where the API is. Give apiUrl.', {
        status: 0,
        reason: 'client.no_api_url',
        cause,
      });
    }
    throw new IgrisError('The gateway does not say where the API is. Give apiUrl.', {
      status: 0,
      reason: 'client.no_api_url',
    });
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Environment variables exist in some runtimes only. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}
