import type {
  AuditClass,
  Caller,
  CallerCredential,
  DecideRequest,
  DecideResponse,
  FilterRequest,
  Principal,
  RefusalReason,
} from '@portcullis/contracts';
import type { InProcessRateLimiter, PolicyRequest } from '@portcullis/policy-engine';
import type { KnownLogins } from '../logins/known-logins.js';
import type { GatewayKeys } from '../sealing/gateway-keys.js';
import { etagOf, type SealedConnections } from '../sealing/sealed-connections.js';
import type { AgentSession, AgentSessions } from '../sessions-runtime/agent-sessions.js';
import type { ApiKey, Connection } from '../state/organization.js';
import type { PolicyState } from '../state/policy-state.js';
import { decideByRules } from '../state/rule-sets.js';
import type { KeyHasher } from '../state/secret-store.js';
import { engagedKillSwitch } from '../state/stops.js';
import { toolFacts, toolName } from '../tools/tool-definition.js';
import type { ToolRegistry } from '../tools/tool-registry.js';
import type { DecisionCounts } from './decision-counts.js';
import { identify } from './identify.js';

export interface CallEvaluatorOptions {
  readonly state: PolicyState;
  readonly hasher: KeyHasher;
  /** Of this process alone: with several replicas each counts for itself. */
  readonly limiter: Pick<InProcessRateLimiter, 'take'>;
  readonly sessions: AgentSessions;
  readonly tools: Pick<ToolRegistry, 'facts' | 'seen'>;
  readonly gatewayKeys: GatewayKeys;
  readonly sealed: SealedConnections;
  readonly counts: DecisionCounts;
  /** Without it no cookie is anybody's. */
  readonly logins?: Pick<KnownLogins, 'get'> | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Monotonic milliseconds, for rate limits. */
  readonly monotonicNow?: () => number;
}

/** The question cannot be answered now; the gateway must refuse. The reason is for the log, never for the caller. */
export class CannotDecide extends Error {
  override readonly name = 'CannotDecide';
}

const DEFAULT_MAX_DURATION_MS = 600_000;

interface Access {
  readonly key: ApiKey;
  readonly connection: Connection;
  readonly session: AgentSession;
}
interface Refusal {
  readonly reason: RefusalReason;
  readonly key: ApiKey | null;
  readonly connection: Connection | null;
  readonly session: AgentSession | null;
  readonly message: string | null;
  readonly scope: string | null;
}

/** What a caller asks with; the same for calls and lists. */
type Question = Pick<
  DecideRequest,
  'credential' | 'slug' | 'user' | 'metadata' | 'client' | 'sourceIp' | 'gateway'
>;

/**
 * Decides calls from memory (contract sections 1 and 4), in this order: authenticate, resolve, kill switch, session,
 * policy, limit. Synchronous from end to end: a call is decided on one state.
 */
export class CallEvaluator {
  readonly #now: () => number;
  readonly #monotonicNow: () => number;

  constructor(private readonly options: CallEvaluatorOptions) {
    this.#now = options.now ?? Date.now;
    this.#monotonicNow = options.monotonicNow ?? (() => performance.now());
  }

  /** Throws `CannotDecide`, and `RulesUnusable` when the rules in force cannot be compiled. */
  decide(request: DecideRequest): DecideResponse {
    const now = this.#now();
    const access = this.#admit(request, now);
    const response = 'reason' in access ? refused(access, request) : this.#judge(access, request, now);
    const { id, epoch } = request.gateway;
    const counted =
      response.caller === null ? 'unidentified' : response.reason === null ? 'forwarded' : 'refused';
    this.options.counts.count(id, epoch, counted);
    return response;
  }

  /** One answer for each item; whoever may not call at all sees nothing. Yields between items, for other calls' sake. */
  *filter(request: FilterRequest): Generator<undefined, boolean[]> {
    const now = this.#now();
    const access = this.#admit(request, now);
    if ('reason' in access) return request.items.map(() => false);
    const { connection } = access;
    if (request.kind === 'tool') this.options.tools.seen(connection, request.items, now);
    const question = this.#policyRequest(access, request, now);
    question.kind = request.kind;
    question.method = LISTED[request.kind].method;
    // What the arguments will be nobody knows yet.
    question.argumentsOmitted = true;
    const visible: boolean[] = [];
    for (const item of request.items) {
      const name = LISTED[request.kind].name(item);
      if (name === null) {
        visible.push(false);
        continue;
      }
      question.name = name;
      question.tool =
        request.kind === 'tool' ? (this.options.tools.facts(connection.id, name) ?? toolFacts(item)) : null;
      const { decision, reason } = decideByRules(connection, question);
      // An answer that hangs on arguments may be an allow for some.
      visible.push(decision !== 'deny' || reason === 'arguments.too_large');
      yield;
    }
    return visible;
  }

  authenticate(credential: CallerCredential): { principal: Principal | null; reason: string | null } {
    const { key, refusal } = identify(
      this.options.state,
      this.options.hasher,
      credential,
      this.#now(),
      this.options.logins,
    );
    if (refusal !== null) return { principal: null, reason: refusal };
    const { id, organization, label, scopes, ownerId, connections } = key;
    return {
      principal: {
        type: credential.type === 'cookie' ? 'user' : 'api_key',
        id,
        tenantId: organization.id,
        name: label,
        scopes: [...scopes],
        ownerId,
        connections: connections === null ? null : [...connections],
      },
      reason: null,
    };
  }

  #admit(question: Question, now: number): Access | Refusal {
    const { state, hasher, sessions } = this.options;
    const { key, refusal } = identify(state, hasher, question.credential, now, this.options.logins);
    if (refusal !== null) return refusalOf(refusal, key);
    if (!key.mayCall) return refusalOf('auth.insufficient_scope', key);
    const connection = key.organization.slugs.get(question.slug);
    if (!connection?.enabled || key.connections?.has(connection.id) === false) {
      return refusalOf('connection.not_found', key);
    }
    const session = sessions.join(connection, key, now);
    const killSwitch = engagedKillSwitch(connection, key, session.id);
    if (killSwitch) {
      const { reason: message, scope } = killSwitch;
      return { reason: 'session.suspended', key, connection, session, message, scope };
    }
    const suspended = key.organization.suspended.get(session.id);
    if (suspended) {
      return {
        reason: 'session.suspended',
        key,
        connection,
        session,
        message: suspended.reason,
        scope: 'session',
      };
    }
    return { key, connection, session };
  }

  #judge(access: Access, request: DecideRequest, now: number): DecideResponse {
    const { connection, session } = access;
    const question = this.#policyRequest(access, request, now);
    const { kind, name } = request.target;
    question.kind = kind;
    question.method = request.method;
    question.name = name;
    question.arguments = request.arguments;
    question.argumentsOmitted = request.argumentsOmitted === true;
    question.tool = kind === 'tool' ? (this.options.tools.facts(connection.id, name) ?? null) : null;
    const { decision, reason, rule, policy, conditions, limit, audit, maxDurationMs, message, severity } =
      decideByRules(connection, question);
    const response = answer(request, access, audit, maxDurationMs);
    response.decision = decision;
    response.reason = reason;
    response.rule = rule;
    response.policy = policy;
    response.conditions = conditions;
    if (reason !== null) {
      response.message = message;
      return response;
    }
    // Sealed before the limit is taken: what cannot go on must not use anything up.
    const sealed = this.#connectionFor(connection, request);
    if (sealed === null)
      return { ...response, decision: 'deny', reason: 'upstream.unreachable', message: NO_CREDENTIAL };
    if (limit !== null) {
      const taken = this.options.limiter.take(limit.key, limit, this.#monotonicNow());
      if (!taken.ok) {
        response.decision = 'deny';
        response.reason = 'rate.limited';
        response.message = message;
        response.retryAfterMs = Math.max(1, Math.ceil(taken.retryAfterMs));
        return response;
      }
    }
    if (kind !== 'method') session.calls += 1;
    if (severity !== null) response.severity = severity;
    response.connection = sealed;
    return response;
  }

  /** Null when the connection has no credential it could be used with. */
  #connectionFor(connection: Connection, request: DecideRequest): DecideResponse['connection'] {
    if (request.have === etagOf(connection)) return 'current';
    if (connection.authType !== 'none' && connection.credential === null) return null;
    const { gatewayKeys, sealed } = this.options;
    const { id, epoch, publicKey } = request.gateway;
    if (publicKey !== undefined && !gatewayKeys.learn(id, epoch, publicKey)) {
      throw new CannotDecide('The gateway process gave another key than it is known by.');
    }
    const key = gatewayKeys.of(id, epoch);
    if (key === undefined && connection.authType !== 'none') {
      throw new CannotDecide('The key of the gateway process is not known yet.');
    }
    const whole = sealed.for(connection, key);
    if (whole === null) throw new CannotDecide('The credential of the connection cannot be sealed.');
    return whole;
  }

  #policyRequest({ key, connection, session }: Access, question: Question, now: number): PolicyRequest {
    return {
      organizationId: connection.organization.id,
      connection,
      kind: 'method',
      method: '',
      name: '',
      now,
      user: key.boundUser ?? question.user ?? null,
      metadata: question.metadata ?? null,
      key: { id: key.id, label: key.label, agent: key.agent, owner: key.ownerId, scopes: key.scopes },
      session: {
        id: session.id,
        ageSeconds: (now - session.startedAt) / 1000,
        calls: session.calls,
      },
      client: question.client ?? null,
      sourceIp: question.sourceIp,
    };
  }
}

const NO_CREDENTIAL = 'The connection has no credential for its upstream.';

const uri = (item: Record<string, unknown>): string | null => {
  const value = item.uri ?? item.uriTemplate;
  return typeof value === 'string' && value !== '' && value.length <= 8_192 ? value : null;
};
const LISTED = {
  tool: { method: 'tools/call', name: toolName },
  prompt: { method: 'prompts/get', name: toolName },
  resource: { method: 'resources/read', name: uri },
} as const;

function refusalOf(reason: RefusalReason, key: ApiKey | null): Refusal {
  return { reason, key, connection: null, session: null, message: null, scope: null };
}

function refused(refusal: Refusal, request: Question): DecideResponse {
  const response = answer(request, refusal, 'buffered', DEFAULT_MAX_DURATION_MS);
  response.decision = 'deny';
  response.reason = refusal.reason;
  response.message = refusal.message;
  response.scope = refusal.scope;
  return response;
}

function answer(
  request: Question,
  of: {
    readonly key: ApiKey | null;
    readonly connection: Connection | null;
    readonly session: AgentSession | null;
  },
  audit: AuditClass,
  maxDurationMs: number,
): DecideResponse {
  const { key, connection, session } = of;
  return {
    decision: 'deny',
    reason: null,
    message: null,
    scope: null,
    rule: null,
    policy: null,
    conditions: [],
    caller: key === null ? null : callerOf(key, request.user),
    agentSession: session === null ? null : session.id,
    connection: null,
    connectionRef: connection === null ? null : { id: connection.id, slug: connection.slug },
    audit,
    maxDurationMs,
    retryAfterMs: null,
    errorProfile: connection === null ? 'auto' : connection.errorProfile,
  };
}

function callerOf(key: ApiKey, asserted: string | undefined): Caller {
  return {
    tenantId: key.organization.id,
    key: { id: key.id, label: key.label, agent: key.agent },
    user: key.boundUser ?? asserted ?? null,
    userBound: key.boundUser !== null,
  };
}
