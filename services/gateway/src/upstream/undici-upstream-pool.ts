import type { GatewayConnection } from '@portcullis/contracts';
import { guardedAgent, type OutboundGuardOptions } from '@portcullis/service';
import type { Agent } from 'undici';
import type { StreamedUpstreamResponse, UpstreamPool, UpstreamRequest, UpstreamResponse } from '../ports.js';
import { UpstreamCall } from './upstream-call.js';
import { withCredential, type CredentialSource } from './upstream-credential.js';
import { asUpstreamFailed } from './upstream-error.js';

export interface UpstreamPoolOptions {
  readonly guard: OutboundGuardOptions;
  readonly credentials: CredentialSource;
  /** Upstreams with connections kept open. */
  readonly maxUpstreams?: number;
}

const MAX_UPSTREAMS = 1_000;
/** Sockets to one upstream; every open stream has its own. */
const MAX_SOCKETS = 4_096;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_MS = 60_000;
const MAX_HEADER_BYTES = 32 * 1024;

/** Where the calls of a connection go. */
interface Address {
  readonly origin: string;
  readonly path: string;
  /** Of the upstream in the pool. */
  readonly key: string;
}

interface Upstream {
  readonly agent: Agent;
  calls: number;
  usedAt: number;
}

/**
 * Keeps the connections to upstreams: sockets are shared by the calls of one connection at one origin, never between
 * connections. What is idle for a minute, or over the limit, is closed.
 */
export class UndiciUpstreamPool implements UpstreamPool {
  /** In order of their last use. */
  private readonly upstreams = new Map<string, Upstream>();
  /** Parsed once for each version of a connection: it is the same object in all its calls. */
  private readonly addresses = new WeakMap<GatewayConnection, Address>();
  private readonly sweep: NodeJS.Timeout;
  private readonly maxUpstreams: number;

  constructor(private readonly options: UpstreamPoolOptions) {
    this.maxUpstreams = options.maxUpstreams ?? MAX_UPSTREAMS;
    this.sweep = setInterval(() => this.closeIdle(), IDLE_MS / 2).unref();
  }

  /** Upstreams with connections kept open. */
  get size(): number {
    return this.upstreams.size;
  }

  request(request: UpstreamRequest & { readonly wholeUpTo?: undefined }): Promise<StreamedUpstreamResponse>;
  request(request: UpstreamRequest): Promise<UpstreamResponse>;
  async request(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { connection, method, body, signal, headersTimeoutMs, bodyTimeoutMs } = request;
    if (signal?.aborted === true) throw signal.reason;
    let call: UpstreamCall | undefined;
    try {
      const { origin, path, key } = this.addressOf(connection);
      const headers = withCredential(
        { ...request.headers, 'accept-encoding': 'identity' },
        connection,
        this.options.credentials,
      );
      const upstream = this.upstreamOf(key);
      call = new UpstreamCall(
        signal,
        () => {
          upstream.calls -= 1;
        },
        request.wholeUpTo,
      );
      upstream.calls += 1;
      upstream.agent.dispatch(
        {
          origin,
          path,
          method,
          headers,
          body,
          headersTimeout: headersTimeoutMs,
          bodyTimeout: bodyTimeoutMs,
        },
        call,
      );
    } catch (error) {
      throw asUpstreamFailed(error, 'connecting');
    }
    return call.response;
  }

  /** Closes every connection; calls under way fail. */
  async close(): Promise<void> {
    clearInterval(this.sweep);
    const agents = [...this.upstreams.values()].map(({ agent }) => agent.destroy());
    this.upstreams.clear();
    await Promise.all(agents);
  }

  private addressOf(connection: GatewayConnection): Address {
    const known = this.addresses.get(connection);
    if (known !== undefined) return known;
    const { origin, pathname, search } = new URL(connection.upstreamUrl);
    const address = { origin, path: pathname + search, key: `${connection.id}\n${origin}` };
    this.addresses.set(connection, address);
    return address;
  }

  private upstreamOf(key: string): Upstream {
    const known = this.upstreams.get(key);
    const upstream = known ?? { agent: this.agent(), calls: 0, usedAt: 0 };
    upstream.usedAt = performance.now();
    this.upstreams.delete(key);
    this.upstreams.set(key, upstream);
    if (known === undefined && this.upstreams.size > this.maxUpstreams) this.closeOldest();
    return upstream;
  }

  private agent(): Agent {
    return guardedAgent(this.options.guard, {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      connections: MAX_SOCKETS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }

  private closeOldest(): void {
    const oldest = this.upstreams.keys().next().value as string;
    this.forget(oldest);
  }

  private closeIdle(): void {
    const before = performance.now() - IDLE_MS;
    for (const [key, upstream] of this.upstreams) {
      if (upstream.usedAt > before) return;
      if (upstream.calls === 0) this.forget(key);
    }
  }

  /** Calls under way end in peace. */
  private forget(key: string): void {
    const upstream = this.upstreams.get(key);
    this.upstreams.delete(key);
    upstream?.agent.close().catch(() => undefined);
  }
}
