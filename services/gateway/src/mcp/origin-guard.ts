import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

export interface OriginGuardOptions {
  /** Address people use, when a proxy stands in front. */
  readonly publicUrl: string | undefined;
  /** What the gateway listens on. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/**
 * Against DNS rebinding and foreign web pages. A Host that is an address literal cannot have been rebound; a name must
 * be known. A request with an Origin comes from a browser and must come from a page that is allowed.
 */
export class OriginGuard {
  private readonly hosts = new Set(['localhost']);
  private readonly origins: ReadonlySet<string>;

  constructor(options: OriginGuardOptions) {
    this.hosts.add(options.host.toLowerCase());
    for (const host of options.allowedHosts) this.hosts.add(host.toLowerCase());
    const origins = options.allowedOrigins.map((origin) => new URL(origin).origin);
    if (options.publicUrl !== undefined) {
      const url = new URL(options.publicUrl);
      this.hosts.add(url.hostname);
      origins.push(url.origin);
    }
    this.origins = new Set(origins);
  }

  allowsHost(request: IncomingMessage): boolean {
    const host = request.headers.host;
    if (host === undefined) return false;
    const name = hostName(host);
    return this.hosts.has(name) || isIP(name) !== 0;
  }

  /** True without an Origin header: not a browser. */
  allowsOrigin(origin: string | undefined): boolean {
    return origin === undefined || this.origins.has(origin);
  }
}

/** Host header without its port, brackets and letter case. */
function hostName(host: string): string {
  if (host.startsWith('[')) return host.slice(1, Math.max(1, host.indexOf(']')));
  const colon = host.indexOf(':');
  return (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
}
