import {
  SYSTEM_TENANT,
  type DetectionSettings,
  type FindingKind,
  type FindingRaised,
} from '@portcullis/contracts';
import type { LogRecord } from '@portcullis/eventlog';
import type { CallSeen } from '../calls/call-seen.js';
import { readCall } from '../calls/read-call.js';
import { seenBefore, sequenceWindow } from '../calls/sequence-window.js';
import { LATENESS_MS } from '../detectors/clock-reversal.js';
import type { Detector } from '../detectors/detector.js';
import type { FirstUseState } from '../detectors/first-use/first-use.detector.js';
import { findingEvent } from '../findings/finding-event.js';
import { noCounts, type DetectionCounts } from './detection-counts.js';
import { detectorsOf, type DetectorSettings } from './detectors.js';
import {
  emptyPartition,
  STATE_BOUNDS,
  touched,
  type ConnectionState,
  type PartitionState,
  type StateBounds,
  type TenantState,
} from './partition-state.js';

export interface PartitionDetectionOptions {
  readonly settings: DetectorSettings;
  /** Owned by the detection from now on. */
  readonly state?: PartitionState;
  readonly bounds?: StateBounds;
  /** What organizations have set, in force for a call; nothing when left out. */
  readonly ownSettings?: (call: CallSeen) => DetectionSettings | undefined;
  /** Told of a detector that threw. It is a bug; the call is lost to that detector alone. */
  readonly onFailure?: (error: unknown, kind: FindingKind) => void;
}

const NEVER_USED: Partial<FirstUseState> = {};

/**
 * Runs the records of one partition past every detector. A function of the records and of what was set by then alone:
 * no clock, no randomness, and no matter how they were cut into batches. All calls of a connection are in one partition, so nothing is shared.
 */
export class PartitionDetection {
  private counts: DetectionCounts = noCounts();
  /** Changed in place by `observe`. */
  readonly state: PartitionState;
  readonly #detectors: readonly Detector<unknown>[];
  readonly #bounds: StateBounds;
  readonly #ownSettings: (call: CallSeen) => DetectionSettings | undefined;
  readonly #onFailure: (error: unknown, kind: FindingKind) => void;

  constructor({ settings, state, bounds, ownSettings, onFailure }: PartitionDetectionOptions) {
    this.state = state ?? emptyPartition();
    this.#detectors = detectorsOf(settings);
    this.#bounds = bounds ?? STATE_BOUNDS;
    this.#ownSettings = ownSettings ?? (() => undefined);
    this.#onFailure = onFailure ?? (() => undefined);
  }

  observe(record: LogRecord): FindingRaised[] {
    const call = this.#callOf(record);
    return call === undefined ? [] : this.observeCall(call);
  }

  /** A call that was read and is no repeat. */
  observeCall(call: CallSeen): FindingRaised[] {
    this.counts.observed += 1;
    if (call.at !== call.decidedAt) this.counts.ahead += 1;
    const tenant = touched(this.state.tenants, call.tenantId, () => ({ connections: new Map(), size: 0 }));
    const connection = touched(tenant.connections, call.connection?.id ?? '', () => ({
      newestAt: call.at,
      size: 0,
      detectors: new Map(),
    }));
    if (call.at < connection.newestAt - LATENESS_MS) this.counts.late += 1;
    if (call.at > connection.newestAt || call.loggedAt < connection.newestAt - LATENESS_MS) {
      connection.newestAt = call.at;
    }
    const before = connection.size;
    const findings = this.#detect(connection, call);
    tenant.size += connection.size - before;
    this.#keepWithinBounds(tenant, connection);
    return findings;
  }

  /** The counts since the last time. */
  takeCounts(): DetectionCounts {
    const { counts } = this;
    this.counts = noCounts();
    return counts;
  }

  #callOf(record: LogRecord): CallSeen | undefined {
    let call: CallSeen | undefined;
    try {
      call = readCall(record);
    } catch {
      // Reading is pure: whatever it throws is about the record. The audit service keeps it as a dead letter.
      this.counts.unreadable += 1;
      return undefined;
    }
    if (call === undefined || call.tenantId === SYSTEM_TENANT) {
      this.counts.skipped += 1;
      return undefined;
    }
    if (this.#isRepeated(call)) {
      this.counts.duplicate += 1;
      return undefined;
    }
    return call;
  }

  #isRepeated({ gateway }: CallSeen): boolean {
    if (gateway === null) return false;
    const { sequences } = this.state;
    const window = touched(sequences, `${gateway.id}\n${gateway.epoch}`, sequenceWindow);
    this.counts.evictedSequences += evictOldest(sequences, this.#bounds.maxSequences);
    return seenBefore(window, gateway.seq);
  }

  #detect(connection: ConnectionState, call: CallSeen): FindingRaised[] {
    const events: FindingRaised[] = [];
    const own = this.#ownSettings(call);
    const { known } = (connection.detectors.get('first_use') ?? NEVER_USED) as Partial<FirstUseState>;
    for (const detector of this.#detectors) {
      const before = connection.detectors.get(detector.kind);
      try {
        const { state, findings, forgotten } = detector.observe(before, call, own, known);
        // What is turned off is watched all the same, so that it knows what is usual when it is turned on.
        const raised = own?.off?.includes(detector.kind) ? [] : findings.map(findingEvent);
        if (state !== before && state !== undefined) {
          connection.size += detector.sizeOf(state) - (before === undefined ? 0 : detector.sizeOf(before));
          connection.detectors.set(detector.kind, state);
        }
        this.counts.forgotten += forgotten;
        events.push(...raised);
      } catch (error) {
        // Another try would end the same way, and one call must not end the watch over all others.
        this.counts.failed += 1;
        this.#onFailure(error, detector.kind);
      }
    }
    return events;
  }

  #keepWithinBounds(tenant: TenantState, current: ConnectionState): void {
    const { maxConnections, maxEntries, maxTenants } = this.#bounds;
    const { connections } = tenant;
    if (connections.size > maxConnections || tenant.size > maxEntries) {
      for (const [id, connection] of connections) {
        if (connection === current || (connections.size <= maxConnections && tenant.size <= maxEntries))
          break;
        connections.delete(id);
        tenant.size -= connection.size;
        this.counts.evictedConnections += 1;
      }
    }
    this.counts.evictedTenants += evictOldest(this.state.tenants, maxTenants);
  }
}

function evictOldest(map: Map<string, unknown>, limit: number): number {
  if (map.size <= limit) return 0;
  const surplus = [...map.keys()].slice(0, map.size - limit);
  for (const key of surplus) map.delete(key);
  return surplus.length;
}
