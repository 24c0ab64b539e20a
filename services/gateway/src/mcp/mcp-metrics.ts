import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CallCompletion, CallRecorder, RecordedCall } from '../ports.js';
import type { McpGateway, McpGatewayFigures } from './mcp-gateway.js';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

/** Counts calls on their way to the record: every call passes there once when it is decided and once when it ends. */
export class MeteredRecorder implements CallRecorder {
  private readonly ended: Counter<'outcome'>;
  private readonly refusals: Counter<'reason'>;
  private readonly added: Histogram;
  private readonly policy: Histogram;

  constructor(
    private readonly recorder: CallRecorder,
    registry: Registry,
  ) {
    const registers = [registry];
    this.ended = new Counter({
      name: 'gateway_calls_total',
      help: 'Forwarded requests by how they ended.',
      labelNames: ['outcome'],
      registers,
    });
    this.refusals = new Counter({
      name: 'gateway_refusals_total',
      help: 'Refused requests by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.added = new Histogram({
      name: 'gateway_added_latency_seconds',
      help: 'What the gateway added to a forwarded request: its whole time less the time of the upstream.',
      buckets: SECONDS,
      registers,
    });
    this.policy = new Histogram({
      name: 'gateway_policy_seconds',
      help: 'Time policy took to decide.',
      buckets: SECONDS,
      registers,
    });
  }

  decided(call: RecordedCall): void | Promise<void> {
    this.policy.observe(call.facts.policyMs / 1000);
    return this.recorder.decided(call);
  }

  refused(call: RecordedCall, latencyMs: number): void | Promise<void> {
    this.refusals.inc({ reason: call.facts.reason ?? 'unknown' });
    return this.recorder.refused(call, latencyMs);
  }

  completed(call: RecordedCall, completion: CallCompletion): void | Promise<void> {
    this.ended.inc({ outcome: completion.outcome });
    this.added.observe(Math.max(0, completion.latencyMs - completion.upstreamMs) / 1000);
    return this.recorder.completed(call, completion);
  }

  unidentified(sourceIp: string, slug: string | null, reason: string): void {
    this.refusals.inc({ reason });
    this.recorder.unidentified(sourceIp, slug, reason);
  }
}

const FIGURES: Record<Exclude<keyof McpGatewayFigures, 'deadlines'>, [name: string, help: string]> = {
  calls: ['gateway_calls_in_flight', 'Requests under way.'],
  streams: ['gateway_streams_open', 'GET streams open to clients.'],
  sessions: ['gateway_sessions_open', 'Protocol sessions.'],
  serverRequests: ['gateway_server_requests_open', 'Requests of upstreams that clients have not answered.'],
  idleUpstreamSessions: [
    'gateway_upstream_sessions_idle',
    'Upstream sessions kept for calls without a handshake.',
  ],
};

/** Read when asked for: calls pay nothing. */
export function registerMcpMetrics(registry: Registry, gateway: Pick<McpGateway, 'figures'>): void {
  for (const [figure, [name, help]] of Object.entries(FIGURES)) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(gateway.figures()[figure as keyof typeof FIGURES]);
      },
    });
  }
}
