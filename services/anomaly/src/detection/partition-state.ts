import type { SequenceWindow } from '../calls/sequence-window.js';

/**
 * Everything remembered of one partition of the call topic: plain data, so that a snapshot holds it whole. The maps are
 * in the order of use, the least recent first.
 */
export interface PartitionState {
  /** By gateway and epoch. */
  readonly sequences: Map<string, SequenceWindow>;
  readonly tenants: Map<string, TenantState>;
}

export interface TenantState {
  readonly connections: Map<string, ConnectionState>;
  /** Sum of the connections' sizes. */
  size: number;
}

export interface ConnectionState {
  /** Time of the newest call. */
  newestAt: number;
  size: number;
  /** By kind. */
  readonly detectors: Map<string, unknown>;
}

export interface StateBounds {
  /** Gateway processes whose repeats are recognized. */
  readonly maxSequences: number;
  readonly maxTenants: number;
  /** Connections of one organization. */
  readonly maxConnections: number;
  /** Entries of one organization, over its connections: pairs of agent and tool, callers that were denied. */
  readonly maxEntries: number;
}

export const STATE_BOUNDS: StateBounds = {
  maxSequences: 128,
  maxTenants: 5_000,
  maxConnections: 1_000,
  maxEntries: 100_000,
};

export function emptyPartition(): PartitionState {
  return { sequences: new Map(), tenants: new Map() };
}

/** The entry, made when it is missing, as the most recently used one. */
export function touched<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key);
  const value = found === undefined ? make() : found;
  // Setting a key that is there would leave it where it is.
  if (found !== undefined) map.delete(key);
  map.set(key, value);
  return value;
}
