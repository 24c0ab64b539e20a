import type { RecordedEvent } from '@portcullis/eventing';
import { evolvers } from './evolvers.js';
import type { ApiKey, Connection, Organization, PositionedChange } from './organization.js';
import { RuleSettling } from './rule-settling.js';
import type { LoadedSecret } from './secret-store.js';

const NO_SECRETS: ReadonlyMap<string, LoadedSecret> = new Map();

/**
 * Everything a decide call needs, in memory, made of domain events alone and in the order of their global position:
 * two replicas at one position answer alike. What is not here: agent sessions in use and rate-limit counters.
 */
export class PolicyState {
  readonly organizations = new Map<string, Organization>();
  readonly keysByHash = new Map<string, ApiKey>();
  /** Keys that will expire, until they do. */
  readonly expiring = new Set<ApiKey>();
  /** Sessions ended so far for a connection and principal; `connectionId|keyId`. Absent: 0. */
  readonly generations = new Map<string, number>();
  readonly settling = new RuleSettling();
  /** Events of types this build does not know; they change nothing here. */
  unknownEvents = 0;
  #position = 0;

  /** Global position of the last event applied; 0 before the first. */
  get position(): number {
    return this.#position;
  }

  /**
   * Applies one event and says what it means for open streams. Throws on an event out of order or one that does not
   * fit what came before: the caller must stop there, as later events would be applied to a wrong state.
   */
  apply(event: RecordedEvent, secrets: ReadonlyMap<string, LoadedSecret> = NO_SECRETS): PositionedChange[] {
    if (event.globalPosition <= this.#position) {
      throw new Error(`Event at ${event.globalPosition} came after ${this.#position}.`);
    }
    const evolve = Object.hasOwn(evolvers, event.type)
      ? evolvers[event.type as keyof typeof evolvers]
      : undefined;
    const changes = evolve?.(this, event, secrets) ?? [];
    if (!evolve) this.unknownEvents += 1;
    this.#position = event.globalPosition;
    return changes.map((change) => ({ ...change, position: event.globalPosition }));
  }

  organization(tenantId: string): Organization {
    const organization = this.organizations.get(tenantId);
    if (!organization) throw new Error(`No organization ${tenantId}.`);
    return organization;
  }

  connection(tenantId: string, connectionId: string): Connection {
    const connection = this.organization(tenantId).connections.get(connectionId);
    if (!connection) throw new Error(`No connection ${connectionId} in ${tenantId}.`);
    return connection;
  }

  generation(connectionId: string, keyId: string): number {
    return this.generations.get(`${connectionId}|${keyId}`) ?? 0;
  }

  /** Keys whose time has come since the last call; each is told once. */
  takeExpired(now: number): ApiKey[] {
    const expired: ApiKey[] = [];
    for (const key of this.expiring) {
      if (key.expiresAt > now) continue;
      this.expiring.delete(key);
      if (!key.revoked) expired.push(key);
    }
    return expired;
  }
}

/** Ids of secrets that events name, for loading before they are applied. */
export function secretIdsOf(events: readonly RecordedEvent[]): string[] {
  const ids = new Set<string>();
  for (const { data } of events) {
    const secretId = (data as { secretId?: unknown } | null)?.secretId;
    if (typeof secretId === 'string') ids.add(secretId);
  }
  return [...ids];
}
