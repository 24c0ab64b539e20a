import { TOPICS, type DetectionSettings } from '@portcullis/contracts';
import { InMemoryEventLog, InMemoryLog, type NewLogRecord } from '@portcullis/eventlog';
import { describe, expect, it } from 'vitest';
import { call, iso } from '../../test/calls.js';
import { IN_FORCE_AFTER_MS, type SettingsChange } from './settings-history.js';
import { SettingsFollower } from './settings-follower.js';
import type { SettingsStore } from './settings-store.js';

class StoreInMemory implements SettingsStore {
  readonly changes = new Map<bigint, SettingsChange>();
  load = async () => [...this.changes.values()];
  add = async (changes: readonly SettingsChange[]) => {
    for (const change of changes) this.changes.set(change.offset, change);
  };
  clear = async () => this.changes.clear();
}

function record(data: unknown, over: { type?: string; version?: number } = {}): NewLogRecord {
  const event = {
    id: crypto.randomUUID(), type: 'DetectionChanged', version: 1, tenantId: 'tenant-a', stream: 'detection-tenant-a',
    position: 1, occurredAt: iso(Date.now()), actor: { type: 'user', id: 'ana', name: 'Ana' }, correlationId: 'c',
    causationId: null, traceparent: null, data, ...over,
  }; // prettier-ignore
  return {
    topic: TOPICS.policyChanges.name,
    key: 'detection-tenant-a',
    type: event.type,
    value: Buffer.from(JSON.stringify(event)),
  };
}

const settings = (rateMultiplier: number): DetectionSettings => ({
  rateMultiplier,
  rateMinCalls: null,
  off: null,
});
const set = (multiplier: number) => record({ connectionId: null, before: null, after: settings(multiplier) });

class World {
  readonly shared = new InMemoryLog();
  readonly store = new StoreInMemory();
  readonly unreadable: bigint[] = [];

  constructor() {
    this.shared.ensureTopic(TOPICS.policyChanges);
  }

  open(): Promise<SettingsFollower> {
    return SettingsFollower.open({
      log: new InMemoryEventLog({ log: this.shared, backOff: { minMs: 1, maxMs: 5 } }),
      store: this.store,
      signal: new AbortController().signal,
      onUnreadable: (offset) => this.unreadable.push(offset),
    });
  }
}

/** The multiplier in force for a call the log takes so long from now. */
function multiplierIn(follower: SettingsFollower, ms: number): number | null | undefined {
  const loggedAt = Date.now() + ms;
  return follower.history.of(call(loggedAt, { loggedAt }))?.rateMultiplier;
}

const later = IN_FORCE_AFTER_MS + 1_000;

describe('following what organizations set', () => {
  it('knows what was set before it opened, and what is set afterwards as soon as a call could be held against it', async () => {
    const world = new World();
    world.shared.append([set(5)]);
    const follower = await world.open();
    expect(multiplierIn(follower, later)).toBe(5);
    world.shared.append([set(7)]);
    await follower.upTo(Date.now() + later);
    expect(multiplierIn(follower, later)).toBe(7);
  });

  it('remembers what the log no longer holds', async () => {
    const world = new World();
    world.shared.append([set(5)]);
    await world.open();
    world.shared.append([record({}, { type: 'ApiKeyRevoked' })]);
    world.shared.truncate(TOPICS.policyChanges.name, 0, 1n);
    expect(multiplierIn(await world.open(), later)).toBe(5);
  });

  it('gives up what it knows of another log', async () => {
    const world = new World();
    world.shared.append([set(5), set(6)]);
    await world.open();
    const fresh = new World();
    await fresh.store.add(await world.store.load());
    expect(multiplierIn(await fresh.open(), later)).toBeUndefined();
    expect(fresh.store.changes.size).toBe(0);
  });

  it('keeps what was set when a change cannot be read, and says so', async () => {
    const world = new World();
    world.shared.append([
      set(5),
      record({ connectionId: null, before: null, after: { rateMultiplier: 'many' } }),
      record({ connectionId: null, before: null, after: null }, { version: 2 }),
      { ...set(9), value: Buffer.from('{') },
    ]);
    const follower = await world.open();
    expect(multiplierIn(follower, later)).toBe(5);
    expect(world.unreadable).toEqual([1n, 2n, 3n]);
  });
});
