import { envelopeSchema, policyEventSchemas, TOPICS, type DetectionSettings } from '@portcullis/contracts';
import type { EventLog, LogRecord } from '@portcullis/eventlog';
import { readRange } from '../consumption/read-range.js';
import { SettingsHistory, IN_FORCE_AFTER_MS, type SettingsChange } from './settings-history.js';
import type { SettingsStore } from './settings-store.js';

const CHANGES = TOPICS.policyChanges.name;
const CHANGED = 'DetectionChanged';
/** A change may be seen this much later than others of its time, and still is in time. */
const UNSEEN_MS = IN_FORCE_AFTER_MS / 2;
/** How far the log's clock may be from this process's. */
const CLOCK_SKEW_MS = 60_000;

const envelope = envelopeSchema.pick({ type: true, version: true, tenantId: true, data: true });

export interface SettingsFollowerParts {
  readonly log: Pick<EventLog, 'tail' | 'positions'>;
  readonly store: SettingsStore;
  readonly signal: AbortSignal;
  /** Told of trouble with the log, which is waited out. */
  readonly onError?: (error: unknown) => void;
  /** Told of a change that cannot be read: what was set before stays. */
  readonly onUnreadable?: (offset: bigint) => void;
}

/** Knows what organizations have set, up to any time of the log it is asked for. */
export class SettingsFollower {
  readonly #parts: SettingsFollowerParts;
  #history = new SettingsHistory();
  #position = 0n;
  /** By the log's clock: whatever was taken until then has been read. */
  #knownTo = -Infinity;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(parts: SettingsFollowerParts) {
    this.#parts = parts;
  }

  static async open(parts: SettingsFollowerParts): Promise<SettingsFollower> {
    const follower = new SettingsFollower(parts);
    const stored = await parts.store.load();
    const [only] = await parts.log.positions(CHANGES);
    const last = stored.at(-1)?.offset ?? -1n;
    if (last >= (only?.end ?? 0n)) {
      // Of another log, as snapshots may be.
      await parts.store.clear();
    } else {
      for (const change of stored) follower.#history.add(change);
      follower.#position = last + 1n;
    }
    await follower.#readOn(-Infinity);
    return follower;
  }

  get history(): SettingsHistory {
    return this.#history;
  }

  /** Resolves when every change is known that is in force for a call the log took then. */
  async upTo(timestamp: number): Promise<void> {
    while (timestamp - UNSEEN_MS > this.#knownTo) {
      const turn = this.#reading.then(async () => {
        if (timestamp - UNSEEN_MS > this.#knownTo) await this.#readOn(timestamp);
      });
      this.#reading = turn.catch(() => undefined);
      await turn;
    }
  }

  async #readOn(timestamp: number): Promise<void> {
    const { log, signal, onError } = this.#parts;
    const asked = Date.now();
    const [only] = await log.positions(CHANGES);
    const to = only?.end ?? 0n;
    const range = { topic: CHANGES, partition: 0, from: this.#position, to };
    await readRange(log, range, (records) => this.#take(records), {
      signal,
      ...(onError ? { onError } : {}),
    });
    if (to > this.#position) this.#position = to;
    this.#knownTo = Math.max(this.#knownTo, timestamp, asked - CLOCK_SKEW_MS);
  }

  async #take(records: readonly LogRecord[]): Promise<void> {
    const changes = records.flatMap((record) => {
      if (record.type !== CHANGED || record.offset < this.#position) return [];
      const change = readChange(record);
      if (change === undefined) this.#parts.onUnreadable?.(record.offset);
      return change ?? [];
    });
    await this.#parts.store.add(changes);
    for (const change of changes) this.#history.add(change);
    this.#position = records.at(-1)!.offset + 1n;
  }
}

function readChange(record: LogRecord): SettingsChange | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(record.value).toString('utf8'));
  } catch {
    return undefined;
  }
  const event = envelope.safeParse(value).data;
  if (event?.type !== CHANGED || event.version !== 1) return undefined;
  const change = policyEventSchemas.DetectionChanged.safeParse(event.data).data;
  if (change === undefined) return undefined;
  return {
    offset: record.offset,
    tenantId: event.tenantId,
    connectionId: change.connectionId ?? '',
    takenAt: record.timestamp,
    settings: change.after as DetectionSettings | null,
  };
}
