import type { EventLog } from '@portcullis/eventlog';
import type { Database, PostgresEventStore } from '@portcullis/postgres';
import { isAllowedUpstream, repeat, type SecretBox } from '@portcullis/service';
import { agentSessionCommands } from './agent-sessions/agent-session.commands.js';
import { AgentSessionTable } from './agent-sessions/agent-session-table.js';
import { IdleSessions } from './agent-sessions/idle-sessions.js';
import { SessionEnder } from './agent-sessions/session-ender.js';
import { SessionRecords } from './agent-sessions/session-records.js';
import { apiKeyCommands } from './api-keys/api-key.commands.js';
import { ApiKeyUsage } from './api-keys/api-key-usage.js';
import { KeyUseBuffer } from './api-keys/key-use-buffer.js';
import { CommandDispatcher } from './commands/command-dispatcher.js';
import type { CommandHandlers } from './commands/command-handler.js';
import { Idempotency } from './commands/idempotency.js';
import { Propagation } from './commands/propagation.js';
import { detectionCommands } from './detection/detection.commands.js';
import { connectionCommands } from './connections/connection.commands.js';
import type { Directory } from './directory/directory.js';
import { LiveReplicas } from './follower/live-replicas.js';
import type { ConnectedGateway, ReplicaStore } from './follower/replica-store.js';
import { HOUSEKEEPING_MS, keepHouse } from './housekeeping.js';
import { killSwitchCommands } from './kill-switches/kill-switch.commands.js';
import { memberCommands } from './members/member.commands.js';
import { organizationCommands } from './organizations/organization.commands.js';
import { policyCommands } from './policies/policy.commands.js';
import { directoryQueries } from './queries/directory.queries.js';
import { effectiveRulesQuery } from './queries/effective-rules.query.js';
import { killSwitchReachQuery } from './queries/kill-switch-reach.query.js';
import { QueryDispatcher } from './queries/query-dispatcher.js';
import type { QueryHandlers } from './queries/query-handler.js';
import { recordQueries } from './queries/record.queries.js';
import { simulateQuery, type SimulateDependencies } from './queries/simulate.query.js';
import { testConnectionQuery } from './queries/test-connection.query.js';
import { UpstreamProbe } from './queries/upstream-probe.js';
import type { PostgresSecretStore } from './secrets/postgres-secret-store.js';
import { agentSessionId } from './sessions-runtime/agent-session-id.js';
import type { EndedSession } from './sessions-runtime/agent-sessions.js';
import type { KeyHasher } from './state/secret-store.js';

/** What the write side asks of the side that decides. */
export interface DecidingState {
  /** Position everything up to which is in force here. */
  readonly position: number;
  /** Gateways connected to this replica. */
  gateways(): readonly ConnectedGateway[];
  reached(position: number, timeoutMs: number): Promise<boolean>;
  /** Sessions of this connection and key that events say are over. */
  generation(connectionId: string, keyId: string): number;
  /** Sessions that calls joined here at or after a moment. */
  sessionsUsedSince(since: number): Iterable<{ readonly id: string; readonly lastSeenAt: number }>;
  isSessionStopped(tenantId: string, sessionId: string): boolean;
  credentialOf(tenantId: string, connectionId: string): string | null;
  readonly toolFacts: SimulateDependencies['toolFacts'];
}

export interface WriteSideOptions {
  readonly replica: string;
  readonly database: Database;
  readonly store: PostgresEventStore;
  readonly log: Pick<EventLog, 'positions' | 'committed'>;
  readonly directory: Directory;
  readonly box: SecretBox;
  readonly secrets: PostgresSecretStore;
  readonly hasher: KeyHasher;
  readonly replicas: ReplicaStore;
  readonly state: DecidingState;
  readonly allowPrivateUpstreams: boolean;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly logger: { warn(details: object, message: string): void };
}

const SWEEP_MS = 60_000;
const KEY_USES_MS = 5_000;

/** Everything that changes what is decided by, and shows it, wired together. */
export class WriteSide {
  readonly commands: CommandDispatcher;
  readonly queries: QueryDispatcher;
  readonly sessionRecords: SessionRecords;
  readonly idleSessions: IdleSessions;
  readonly keyUses: KeyUseBuffer;
  readonly #ender: SessionEnder;
  readonly #idempotency: Idempotency;
  #running: { stop(): Promise<void> }[] = [];

  constructor(private readonly options: WriteSideOptions) {
    const { database, store, log, directory, box, replicas, replica, state, now, newId, logger } = options;
    const live = new LiveReplicas(replicas, () => ({
      replica,
      position: state.position,
      gateways: state.gateways(),
    }));
    const sessions = new AgentSessionTable();
    const usage = new ApiKeyUsage();
    this.keyUses = new KeyUseBuffer(usage, now);
    this.#idempotency = new Idempotency(box);
    this.commands = new CommandDispatcher({
      database,
      store,
      now,
      newId,
      handlers: handlersOf(options, sessions, usage, live),
      idempotency: this.#idempotency,
      propagation: new Propagation({ replica, replicas: live, follower: state }),
    });
    const guard = { allowPrivate: options.allowPrivateUpstreams };
    const queries: QueryHandlers = {
      ...directoryQueries({ database, usage, replicas: live }),
      ...recordQueries({ database, store, sessions }),
      ...effectiveRulesQuery,
      ...killSwitchReachQuery({ database, sessions }),
      ...simulateQuery({ toolFacts: state.toolFacts, now }),
      ...testConnectionQuery({
        probe: new UpstreamProbe(guard),
        credentialOf: (tenantId, connectionId) => state.credentialOf(tenantId, connectionId),
      }),
    };
    this.queries = new QueryDispatcher(directory, queries);
    this.sessionRecords = new SessionRecords({
      database,
      usage,
      onUnreadable: (error, place) =>
        logger.warn(
          { err: error, ...place, offset: String(place.offset) },
          'a call record cannot be read and is passed over',
        ),
    });
    this.#ender = new SessionEnder({
      database,
      store,
      now,
      newId,
      sessions,
      stopped: (tenantId, sessionId) => state.isSessionStopped(tenantId, sessionId),
    });
    this.idleSessions = new IdleSessions({
      database,
      log,
      sessions,
      now,
      usedSince: (since) => state.sessionsUsedSince(since),
      ender: this.#ender,
      generation: (connectionId, keyId) => state.generation(connectionId, keyId),
    });
  }

  /** Begins the work behind the calls: ending idle sessions, and keeping tables small. */
  start(): void {
    const trouble = (part: string) => (error: unknown) =>
      this.options.logger.warn({ err: error, part }, 'failed, will be tried again');
    this.#running = [
      repeat(() => this.keyUses.flush(this.options.database), {
        everyMs: KEY_USES_MS,
        onError: trouble('uses of keys'),
      }),
      repeat(async () => void (await this.idleSessions.sweep()), {
        everyMs: SWEEP_MS,
        onError: trouble('idle sessions'),
      }),
      repeat(() => keepHouse(this.options.database, this.#idempotency), {
        everyMs: HOUSEKEEPING_MS,
        onError: trouble('housekeeping'),
      }),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.stop()));
    await this.keyUses.flush(this.options.database);
  }

  /** The decide side found a session idle by its next call. It says so again until the event has arrived. */
  sessionEnded(ended: EndedSession): void {
    this.#ender
      .end(ended)
      .catch((error: unknown) =>
        this.options.logger.warn({ err: error }, 'the end of a session could not be recorded'),
      );
  }
}

function handlersOf(
  options: WriteSideOptions,
  sessions: AgentSessionTable,
  usage: ApiKeyUsage,
  replicas: LiveReplicas,
): CommandHandlers {
  const { secrets, hasher, state, directory, allowPrivateUpstreams } = options;
  return {
    ...organizationCommands,
    ...memberCommands,
    ...apiKeyCommands({ secrets, hasher, usage }),
    ...connectionCommands({
      secrets,
      isAllowedUpstream: (url) => isAllowedUpstream(url, allowPrivateUpstreams),
    }),
    ...policyCommands({
      knownStream: (tenantId, policyId) => directory.organization(tenantId)?.policyStream(policyId),
      ordersInUse: (tenantId, connectionId) =>
        [...(directory.organization(tenantId)?.policies.values() ?? [])]
          .filter((policy) => policy.connectionId === connectionId)
          .map((policy) => policy.order),
    }),
    ...detectionCommands,
    ...killSwitchCommands({ sessions, replicas }),
    ...agentSessionCommands({
      sessions,
      inUse: ({ id, tenantId, connectionId, keyId }) =>
        agentSessionId(tenantId, connectionId, keyId, state.generation(connectionId, keyId)) === id,
    }),
  };
}
