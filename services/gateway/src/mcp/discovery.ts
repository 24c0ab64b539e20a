import type { IncomingMessage } from 'node:http';
import type { Exchange } from './exchange.js';

export interface DiscoveryOptions {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
  readonly jwks: string;
}

const REGISTRATION_REFUSED = JSON.stringify({
  error: 'invalid_client_metadata',
  error_description:
    'This gateway takes API keys, not OAuth clients: set the header "Authorization: Bearer ig_..." in your MCP client. Keys are made in the dashboard or over REST.',
});

/** The paths beside MCP that clients ask for without a credential. */
export class Discovery {
  private readonly portcullis: string;

  constructor(private readonly options: DiscoveryOptions) {
    const { gatewayUrl, apiUrl } = options;
    this.portcullis = JSON.stringify({ gatewayUrl, apiUrl, jwksUri: `${gatewayUrl}/.well-known/jwks.json` });
  }

  /** False when the path is none of these. */
  answer(exchange: Exchange, path: string, method: IncomingMessage['method']): boolean {
    const body = this.document(path);
    if (body !== undefined && method === 'GET') {
      exchange.json(200, body, ['cache-control', 'public, max-age=300']);
      return true;
    }
    if (path === '/register' && method === 'POST') {
      // Clients try dynamic registration after a 401 and show this sentence to their user.
      exchange.json(400, REGISTRATION_REFUSED);
      return true;
    }
    return false;
  }

  private document(path: string): string | undefined {
    if (path === '/.well-known/portcullis') return this.portcullis;
    return path === '/.well-known/jwks.json' ? this.options.jwks : undefined;
  }
}
