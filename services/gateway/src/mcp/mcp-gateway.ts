import { MessageReader } from '@portcullis/mcp';
import type { Logger } from 'pino';
import type { CallRecorder, ControlEvents, PolicyClient, UpstreamPool } from '../ports.js';
import { CallCut } from './call-cut.js';
import { CallsInFlight } from './calls-in-flight.js';
import { ControlWatch } from './control-watch.js';
import { Deadlines } from './deadlines.js';
import { Discovery } from './discovery.js';
import { IdentityTokens } from './identity-tokens.js';
import { KnownCallers } from './known-callers.js';
import { ListFilter } from './list-filter.js';
import type { McpLimits } from './mcp-limits.js';
import { McpServer } from './mcp-server.js';
import { OpenStreams } from './open-streams.js';
import { OriginGuard } from './origin-guard.js';
import { ProtocolSessions } from './protocol-sessions.js';
import { Refusal } from './refusal.js';
import { Refusing } from './refusing.js';
import { RequestPath } from './request-path.js';
import { ServerRequests } from './server-requests.js';
import { SessionEnd } from './session-end.js';
import { SessionPath } from './session-path.js';
import { SourceAddress } from './source-address.js';
import { UnknownSessions } from './unknown-sessions.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamEvents } from './upstream-events.js';
import { UpstreamSessions } from './upstream-sessions.js';

export interface McpGatewaySettings {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly publicUrl?: string;
  readonly apiUrl: string;
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** PEM of the Ed25519 key that signs identity tokens. */
  readonly identityKey?: string;
  readonly maxConnections: number;
  /** How long calls in flight may go on once the process is to stop. */
  readonly drainMs: number;
  readonly limits: McpLimits;
}

export interface McpGatewayPorts {
  readonly policy: PolicyClient;
  readonly recorder: CallRecorder;
  readonly upstream: UpstreamPool;
  readonly control: ControlEvents;
}

/** Figures for /metrics and for tests that look for what was left behind. */
export interface McpGatewayFigures {
  readonly calls: number;
  readonly streams: number;
  readonly sessions: number;
  readonly serverRequests: number;
  readonly idleUpstreamSessions: number;
  readonly deadlines: number;
}

/** The MCP side of the gateway, put together: its listener, sessions and everything between a client and an upstream. */
export class McpGateway {
  private readonly server: McpServer;
  private readonly deadlines = new Deadlines();
  private readonly calls = new CallsInFlight(this.deadlines);
  private readonly streams = new OpenStreams();
  private readonly sessions: ProtocolSessions;
  private readonly upstreamSessions: UpstreamSessions;
  private readonly serverRequests: ServerRequests;
  private readonly control: ControlWatch;

  constructor(
    private readonly settings: McpGatewaySettings,
    ports: McpGatewayPorts,
    logger: Pick<Logger, 'warn' | 'error'>,
  ) {
    const { limits, host, publicUrl, apiUrl } = settings;
    const { policy, recorder, upstream } = ports;
    const { calls, deadlines, streams } = this;
    const gatewayUrl =
      publicUrl?.replace(/\/+$/, '') ??
      `${settings.tls === undefined ? 'http' : 'https'}://${host}:${settings.port}`;
    const tokens = new IdentityTokens(gatewayUrl, settings.identityKey);
    const reader = new MessageReader({ maxDepth: limits.depth });
    const known = new KnownCallers();
    const refusing = new Refusing(recorder, known, reader, logger);
    const upstreamSessions = new UpstreamSessions(upstream, limits, deadlines, logger);
    const upstreamCalls = new UpstreamCalls(
      upstream,
      upstreamSessions,
      tokens,
      deadlines,
      limits.answerBytes,
      logger,
    );
    const sessions = new ProtocolSessions(
      limits,
      ({ connection, upstreamSession }) => upstreamSessions.endAtUpstream(connection, upstreamSession),
      deadlines,
    );
    const serverRequests = new ServerRequests({
      policy,
      recorder,
      upstream,
      tokens,
      deadlines,
      logger,
      limit: limits.callsPerSession,
      maxDepth: limits.depth,
    });
    const sessionEnd = new SessionEnd(sessions, streams, serverRequests);
    const control = new ControlWatch(ports.control, calls, streams, serverRequests);
    const shared = {
      policy,
      recorder,
      refusing,
      sessions,
      unknownSessions: new UnknownSessions(policy, refusing),
      sessionEnd,
      calls,
      events: new UpstreamEvents(serverRequests),
      control,
      deadlines,
      limits,
      logger,
    };
    const requestPath = new RequestPath({
      ...shared,
      reader,
      upstreamCalls,
      upstreamSessions,
      serverRequests,
      lists: new ListFilter(policy),
      known,
    });
    const sessionPath = new SessionPath({ ...shared, upstream, tokens, streams, requestPath });
    this.sessions = sessions;
    this.upstreamSessions = upstreamSessions;
    this.serverRequests = serverRequests;
    this.control = control;
    this.server = new McpServer({
      host,
      port: settings.port,
      tls: settings.tls,
      maxConnections: settings.maxConnections,
      requestPath,
      sessionPath,
      refusing,
      discovery: new Discovery({ gatewayUrl, apiUrl, jwks: tokens.jwks }),
      originGuard: new OriginGuard({
        publicUrl,
        host,
        allowedHosts: settings.allowedHosts,
        allowedOrigins: settings.allowedOrigins,
      }),
      sourceAddress: new SourceAddress(settings.trustedProxies),
      logger,
    });
  }

  get port(): number {
    return this.server.port;
  }

  figures(): McpGatewayFigures {
    return {
      calls: this.calls.size,
      streams: this.streams.size,
      sessions: this.sessions.size,
      serverRequests: this.serverRequests.open,
      idleUpstreamSessions: this.upstreamSessions.idleSessions,
      deadlines: this.deadlines.size,
    };
  }

  async start(): Promise<void> {
    this.deadlines.start();
    this.control.start();
    await this.server.start();
  }

  /** Streams end at once, calls in flight get a moment, what is left is cut and recorded as unknown. */
  async stop(): Promise<void> {
    const closed = this.server.close();
    this.streams.close();
    this.serverRequests.cut(undefined, 'gateway.stopped');
    const limit = setTimeout(() => {
      this.calls.cut(
        undefined,
        'abort',
        new CallCut(
          new Refusal('upstream.timeout', { message: 'The gateway stops.' }),
          'unknown',
          'gateway.stopped',
        ),
      );
    }, this.settings.drainMs);
    const last = setTimeout(() => this.server.server.closeAllConnections(), this.settings.drainMs + 1_000);
    await closed;
    clearTimeout(limit);
    clearTimeout(last);
    this.upstreamSessions.close();
    this.control.stop();
    this.deadlines.stop();
  }
}
