import type { EventFeed } from '@portcullis/eventing';
import { InProcessRateLimiter } from '@portcullis/policy-engine';
import type { InternalHandler } from '@portcullis/service';
import type { Registry } from 'prom-client';
import { createControlHandler } from '../control/control-handler.js';
import { ControlHub } from '../control/control-hub.js';
import { ReplicaReporter } from '../follower/replica-reporter.js';
import type { ReplicaStore } from '../follower/replica-store.js';
import { StateFollower } from '../follower/state-follower.js';
import { KnownLogins, type KnownLoginsOptions } from '../logins/known-logins.js';
import { createLoginsEndedHandler } from '../logins/logins-ended-handler.js';
import { createMembershipsHandler } from '../members/memberships-handler.js';
import { GatewayKeys } from '../sealing/gateway-keys.js';
import { SealedConnections } from '../sealing/sealed-connections.js';
import { AgentSessions, type EndedSession } from '../sessions-runtime/agent-sessions.js';
import { PolicyState } from '../state/policy-state.js';
import { RuleSetWarmer } from '../state/rule-set-warmer.js';
import type { KeyHasher, SecretStore } from '../state/secret-store.js';
import { isSessionStopped } from '../state/stops.js';
import { ToolRegistry } from '../tools/tool-registry.js';
import type { ToolStore } from '../tools/tool-store.js';
import { CallEvaluator } from './call-evaluator.js';
import { createDecideHandler } from './decide-handler.js';
import { DecisionCounts } from './decision-counts.js';
import { registerDecideMetrics } from './decide-metrics.js';

export interface DecideSideOptions {
  /** Unique to this process. */
  readonly replica: string;
  /** On a database of its own: see `StateFollowerOptions.store`. */
  readonly events: EventFeed;
  readonly secrets: SecretStore;
  readonly hasher: KeyHasher;
  readonly replicas: ReplicaStore;
  readonly tools: ToolStore;
  readonly logger: DecideSideLogger;
  readonly metrics?: Registry;
  /** Asks whose login cookie has a digest. Without it no cookie is anybody's. */
  readonly askLogin?: KnownLoginsOptions['ask'] | undefined;
  /** See `StateFollowerOptions.onDiverged`. */
  readonly onDiverged?: (error: unknown) => void;
  /** A key was presented outside of a call, and found good. Must not throw. */
  readonly onAuthenticated?: (tenantId: string, keyId: string) => void;
  /** A session was found idle by its next call: record its end. Called again every 10 s until the event has arrived. */
  readonly onSessionEnded?: (ended: EndedSession) => void;
  /** Monotonic milliseconds on the clock of `performance.now()`, for freshness. */
  readonly monotonicNow?: () => number;
}

export interface DecideSideLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

const CATCH_UP_LOG_MS = 60_000;

/** Everything that answers gateways, wired together: the one thing the service starts, mounts and stops for it. */
export class DecideSide {
  readonly state = new PolicyState();
  readonly follower: StateFollower;
  readonly hub: ControlHub;
  readonly tools: ToolRegistry;
  readonly sessions: AgentSessions;
  readonly counts = new DecisionCounts();
  readonly evaluator: CallEvaluator;
  /** For the internal listener, before everything else. */
  readonly handlers: readonly InternalHandler[];
  readonly #reporter: ReplicaReporter;
  readonly #warmer: RuleSetWarmer;
  #failuresLoggedAt = -Infinity;

  constructor(private readonly options: DecideSideOptions) {
    const { state, counts } = this;
    const { replica, events, secrets, hasher, replicas, logger, metrics } = options;
    const fresh = () => this.follower.fresh;
    const gatewayKeys = new GatewayKeys();
    const limiter = new InProcessRateLimiter();

    this.#warmer = new RuleSetWarmer(state);
    this.follower = new StateFollower({
      ...(options.onDiverged ? { onDiverged: options.onDiverged } : {}),
      store: events,
      secrets,
      state,
      ...(options.monotonicNow ? { now: options.monotonicNow } : {}),
      onApplied: (changes) => {
        this.hub.announce(changes);
        this.#reporter.changed();
        if (fresh()) this.#warmer.start();
        for (const change of changes) {
          if (change.type === 'stopped' && change.cause === 'connection_disabled')
            this.#forgetDeleted(change.reach);
        }
      },
      onTrouble: (error) => {
        if (error === null) logger.info({}, 'following the event store again');
        else logger.error({ err: error }, 'cannot follow the event store; calls are refused after 2 s');
      },
    });
    this.hub = new ControlHub({
      replica,
      position: () => this.follower.position,
      ordered: () => state.position,
      fresh,
      takeExpired: (now) => state.takeExpired(now),
      onGateways: () => this.#reporter.changed(),
      onCutOff: (gateway) => logger.warn({ gateway }, 'a gateway does not read its control stream; cut off'),
    });
    this.#reporter = new ReplicaReporter({
      replica,
      store: replicas,
      position: () => this.follower.position,
      gateways: () => this.hub.gateways(),
      fresh,
      onError: (error) => logger.warn({ err: error }, 'cannot report the position'),
    });
    this.tools = new ToolRegistry({
      store: options.tools,
      onError: (error) => logger.warn({ err: error }, 'cannot keep tool definitions; they wait'),
    });
    this.sessions = new AgentSessions({
      generation: (connectionId, keyId) => state.generation(connectionId, keyId),
      stopped: (connection, sessionId) => isSessionStopped(connection.organization, sessionId),
      ...(options.onSessionEnded ? { onEnded: options.onSessionEnded } : {}),
    });
    const logins = options.askLogin ? new KnownLogins({ ask: options.askLogin }) : undefined;
    this.evaluator = new CallEvaluator({
      state,
      hasher,
      limiter,
      sessions: this.sessions,
      tools: this.tools,
      gatewayKeys,
      sealed: new SealedConnections(),
      counts,
      logins,
    });
    const observe = metrics
      ? registerDecideMetrics(metrics, {
          follower: this.follower,
          state,
          hub: this.hub,
          tools: this.tools,
          counts,
          limiter,
        })
      : undefined;
    this.handlers = [
      createDecideHandler({
        evaluator: this.evaluator,
        logins,
        fresh,
        ...(observe ? { observe } : {}),
        ...(options.onAuthenticated ? { onAuthenticated: options.onAuthenticated } : {}),
        onFailure: (error) => this.#logFailure(error),
      }),
      createControlHandler({ hub: this.hub, gatewayKeys, fresh }),
      ...(logins ? [createLoginsEndedHandler({ state, logins, hub: this.hub })] : []),
      createMembershipsHandler({ organizations: state.organizations, fresh }),
    ];
  }

  /** Resolves when the state has caught up and calls are answered. */
  async start(): Promise<void> {
    this.follower.start();
    await this.follower.whenFresh(CATCH_UP_LOG_MS, () =>
      this.options.logger.warn({ position: this.state.position }, 'still catching up with the event store'),
    );
    await this.tools.start();
    this.hub.start();
    this.#reporter.start();
    this.#warmer.start();
  }

  async stop(): Promise<void> {
    this.#warmer.stop();
    this.hub.stop();
    await this.follower.stop();
    await this.#reporter.stop();
    await this.tools.stop();
  }

  #forgetDeleted({ tenantId, connectionId }: { tenantId: string; connectionId?: string | undefined }): void {
    if (connectionId === undefined) return;
    if (!this.state.organizations.get(tenantId)?.connections.has(connectionId))
      this.tools.forget(connectionId);
  }

  /** Each call may fail alike: one line a second is enough to know. */
  #logFailure(error: unknown): void {
    const now = performance.now();
    if (now - this.#failuresLoggedAt < 1_000) return;
    this.#failuresLoggedAt = now;
    this.options.logger.error({ err: error }, 'a call could not be decided');
  }
}
