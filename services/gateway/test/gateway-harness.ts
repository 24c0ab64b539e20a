import { createHash, randomBytes } from 'node:crypto';
import { Agent } from 'undici';
import type { CallFacts, ControlReach, ErrorProfile, GatewayConnection } from '@portcullis/contracts';
import { McpGateway, type McpGatewaySettings } from '../src/mcp/mcp-gateway.js';
import { DEFAULT_LIMITS, type McpLimits } from '../src/mcp/mcp-limits.js';
import {
  AuditUnavailable,
  PolicyUnavailable,
  type CallCompletion,
  type CallRecorder,
  type ControlEvents,
  type ControlStop,
  type DecideAnswer,
  type DecideQuestion,
  type FilterQuestion,
  type PolicyClient,
  type RecordedCall,
  type StreamedUpstreamResponse,
  type UpstreamPool,
  type UpstreamRequest,
  type UpstreamResponse,
} from '../src/ports.js';
import { UpstreamCall } from '../src/upstream/upstream-call.js';

export const newKey = (): string => `ig_${randomBytes(20).toString('hex')}`;
export const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** A policy service in this process that does what it is told. Everything it knows is allowed. */
export class ScriptedPolicy implements PolicyClient {
  readonly questions: DecideQuestion[] = [];
  readonly filters: FilterQuestion[] = [];
  readonly connections = new Map<string, GatewayConnection>();
  /** Tenant of each key. */
  readonly keys = new Map<string, { tenantId: string; id: string; boundUser?: string }>();
  readonly hidden = new Set<string>();
  available = true;
  /** Changes the answer to one question. */
  rule: (question: DecideQuestion) => Partial<DecideAnswer> | undefined = () => undefined;

  async decide(question: DecideQuestion): Promise<DecideAnswer> {
    this.questions.push(question);
    await Promise.resolve();
    if (!this.available) throw new PolicyUnavailable();
    const key = this.keys.get(question.credential.digest);
    const connection = this.connections.get(question.slug);
    const answer: DecideAnswer = {
      decision: 'allow',
      reason: null,
      message: null,
      scope: null,
      rule: 'allow all',
      policy: { id: 'p1', name: 'sample', revision: 3 },
      conditions: [],
      caller:
        key === undefined
          ? null
          : {
              tenantId: key.tenantId,
              key: { id: key.id, label: `label of ${key.id}`, agent: 'agent' },
              user: key.boundUser ?? question.user ?? null,
              userBound: key.boundUser !== undefined,
            },
      agentSession: key === undefined ? null : `as-${key.id}-${question.slug}`,
      connection: connection ?? null,
      connectionRef: connection === undefined ? null : { id: connection.id, slug: connection.slug },
      audit: 'buffered',
      maxDurationMs: 600_000,
      retryAfterMs: null,
      errorProfile: connection?.errorProfile ?? 'auto',
    };
    if (key === undefined) return { ...answer, ...DENIED, reason: 'auth.invalid', connectionRef: null };
    if (connection === undefined) return { ...answer, ...DENIED, reason: 'connection.not_found' };
    const changed = { ...answer, ...this.rule(question) };
    return changed.reason === null ? changed : { ...changed, connection: null };
  }

  async filter(question: FilterQuestion): Promise<boolean[]> {
    this.filters.push(question);
    await Promise.resolve();
    if (!this.available) throw new PolicyUnavailable();
    return question.items.map(
      (item) => !this.hidden.has(String(item['name'] ?? item['uri'] ?? item['uriTemplate'])),
    );
  }
}

const DENIED = { decision: 'deny', rule: null, policy: null, connection: null } as const;

export interface Recorded {
  readonly type: 'decided' | 'refused' | 'completed';
  readonly tenantId: string;
  readonly facts: CallFacts;
  readonly completion?: CallCompletion;
}

/** Keeps records in memory, and knows what must hold of them. */
export class MemoryRecorder implements CallRecorder {
  readonly records: Recorded[] = [];
  readonly unidentifiedReasons: string[] = [];
  failing = false;
  keep = true;
  count = 0;

  decided(call: RecordedCall): void {
    this.add({ type: 'decided', ...call });
  }
  refused(call: RecordedCall): void {
    this.add({ type: 'refused', ...call });
  }
  completed(call: RecordedCall, completion: CallCompletion): void {
    this.add({ type: 'completed', ...call, completion });
  }
  unidentified(_sourceIp: string, _slug: string | null, reason: string): void {
    if (this.keep) this.unidentifiedReasons.push(reason);
  }

  terminal(method: string): Recorded[] {
    return this.records.filter((record) => record.type !== 'decided' && record.facts.method === method);
  }
  last(method: string): Recorded {
    const record = this.terminal(method).at(-1);
    if (record === undefined) throw new Error(`no terminal record of ${method}`);
    return record;
  }

  /** Requests that do not end in exactly one terminal record, or were completed without a decision. */
  broken(): string[] {
    const byRequest = new Map<string, Recorded[]>();
    for (const record of this.records) {
      const { requestId } = record.facts;
      byRequest.set(requestId, [...(byRequest.get(requestId) ?? []), record]);
    }
    return [...byRequest]
      .map(([id, records]) => [id, records.map(({ type }) => type).join(' ')] as const)
      .filter(([, story]) => story !== 'refused' && story !== 'decided completed')
      .map(([id, story]) => `${byRequest.get(id)![0]!.facts.method}: ${story}`);
  }

  private add(record: Recorded): void {
    if (this.failing) throw new AuditUnavailable();
    this.count += 1;
    if (this.keep) this.records.push(record);
  }
}

export class ManualControl implements ControlEvents {
  healthy = true;
  private readonly stops = new Set<(stop: ControlStop) => void>();
  private readonly published = new Set<(reach: ControlReach) => void>();
  private readonly health = new Set<(healthy: boolean) => void>();

  onStop(listener: (stop: ControlStop) => void): () => void {
    return added(this.stops, listener);
  }
  onPublished(listener: (reach: ControlReach) => void): () => void {
    return added(this.published, listener);
  }
  onHealth(listener: (healthy: boolean) => void): () => void {
    return added(this.health, listener);
  }

  stop(stop: ControlStop): void {
    for (const listener of this.stops) listener(stop);
  }
  publish(reach: ControlReach): void {
    for (const listener of this.published) listener(reach);
  }
  setHealthy(healthy: boolean): void {
    this.healthy = healthy;
    for (const listener of this.health) listener(healthy);
  }
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => set.delete(item);
}

/** The real HTTP client without the outbound guard. */
class PlainUpstreamPool implements UpstreamPool {
  private readonly agent = new Agent({ connections: 4096, pipelining: 1 });

  request(request: UpstreamRequest & { readonly wholeUpTo?: undefined }): Promise<StreamedUpstreamResponse>;
  request(request: UpstreamRequest): Promise<UpstreamResponse>;
  request({
    connection,
    method,
    headers,
    body,
    signal,
    headersTimeoutMs,
    bodyTimeoutMs,
    wholeUpTo,
  }: UpstreamRequest): Promise<UpstreamResponse> {
    const url = new URL(connection.upstreamUrl);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const call = new UpstreamCall(signal, () => {}, wholeUpTo);
    const sent =
      connection.auth.type === 'none' ? headers : { ...headers, authorization: 'Bearer upstream-secret' };
    this.agent.dispatch(
      {
        origin: url.origin,
        path: url.pathname,
        method,
        headers: sent,
        body,
        headersTimeout: headersTimeoutMs,
        bodyTimeout: bodyTimeoutMs,
      },
      call,
    );
    return call.response;
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

export interface TestGateway {
  readonly gateway: McpGateway;
  readonly policy: ScriptedPolicy;
  readonly recorder: MemoryRecorder;
  readonly control: ManualControl;
  readonly logged: unknown[];
  readonly origin: string;
  url(slug: string): string;
  /** A key that may use everything. */
  key(tenantId?: string, boundUser?: string): string;
  connect(slug: string, upstreamUrl: string, overrides?: Partial<GatewayConnection>): void;
  stop(): Promise<void>;
}

export async function startTestGateway(
  settings: Partial<Omit<McpGatewaySettings, 'limits'>> & { limits?: Partial<McpLimits> } = {},
): Promise<TestGateway> {
  const policy = new ScriptedPolicy();
  const recorder = new MemoryRecorder();
  const control = new ManualControl();
  const upstream = new PlainUpstreamPool();
  const logged: unknown[] = [];
  const log = (...line: unknown[]): void => void logged.push(line);
  const gateway = new McpGateway(
    {
      host: '127.0.0.1',
      port: 0,
      apiUrl: 'http://127.0.0.1:4000',
      trustedProxies: [],
      allowedHosts: [],
      allowedOrigins: [],
      maxConnections: 10_000,
      drainMs: 200,
      ...settings,
      limits: { ...DEFAULT_LIMITS, ...settings.limits },
    },
    { policy, recorder, upstream, control },
    { warn: log, error: log },
  );
  await gateway.start();
  const origin = `http://127.0.0.1:${gateway.port}`;
  let keys = 0;
  return {
    gateway,
    policy,
    recorder,
    control,
    logged,
    origin,
    url: (slug) => `${origin}/v1/mcp/${slug}`,
    key(tenantId = 'org-1', boundUser) {
      const key = newKey();
      keys += 1;
      policy.keys.set(digestOf(key), { tenantId, id: `key-${keys}`, boundUser });
      return key;
    },
    connect(slug, upstreamUrl, overrides = {}) {
      policy.connections.set(slug, {
        id: `con-${slug}`,
        slug,
        etag: `etag-${slug}`,
        upstreamUrl,
        auth: { type: 'none' },
        identity: { mode: 'none' },
        errorProfile: 'auto' as ErrorProfile,
        ...overrides,
      });
    },
    async stop() {
      await gateway.stop();
      await upstream.close();
    },
  };
}
