import type { NewLogRecord } from '@portcullis/eventlog';
import { contractEvent } from '@portcullis/eventing/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshEventStore } from '../test/fresh-database.js';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';

/** A log that fails on demand and remembers what it took. */
class FlakyLog {
  readonly records: NewLogRecord[] = [];
  failing = false;
  attempts = 0;
  private readonly waiting = new Set<() => void>();

  append(records: readonly NewLogRecord[]): Promise<void> {
    this.attempts += 1;
    if (!this.failing) this.records.push(...records);
    for (const wake of this.waiting) wake();
    return this.failing ? Promise.reject(new Error('the log is down')) : Promise.resolve();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  get ids(): string[] {
    return this.records.map(
      (record) => (JSON.parse(new TextDecoder().decode(record.value)) as { id: string }).id,
    );
  }
}

describe('outbox relay', () => {
  let fresh: Awaited<ReturnType<typeof freshEventStore>>;
  let log: FlakyLog;
  const relays: OutboxRelay[] = [];
  beforeEach(async () => {
    fresh = await freshEventStore();
    log = new FlakyLog();
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await fresh.close();
  });

  function relay(over: Partial<OutboxRelayOptions> = {}) {
    const { store, url } = fresh;
    const started = new OutboxRelay({
      store,
      log,
      url,
      schema: 'thing',
      name: 'changes',
      topic: 'thing.changes.v1',
      pollMs: 20,
      ...over,
    });
    relays.push(started);
    started.start();
    return started;
  }
  const append = async (stream: string) => {
    const event = contractEvent('Happened', { of: stream });
    await fresh.store.append(stream, [event], { expectedVersion: 'any' });
    return event;
  };
  const checkpoint = async () => {
    const rows = await fresh.database.query<{ position: string }>(
      'select position from thing.relay_checkpoints',
    );
    return Number(rows[0]?.position ?? 0);
  };
  const untilCheckpoint = async (position: number) => {
    while ((await checkpoint()) < position);
  };

  it('publishes the envelope, keyed by stream, in order', async () => {
    const first = await append('thing-1');
    relay();
    const second = await append('thing-2');
    await log.until(() => log.records.length === 2);
    expect(log.records.map(({ topic, key, type }) => ({ topic, key, type }))).toEqual([
      { topic: 'thing.changes.v1', key: 'thing-1', type: 'Happened' },
      { topic: 'thing.changes.v1', key: 'thing-2', type: 'Happened' },
    ]);
    expect(JSON.parse(new TextDecoder().decode(log.records[0]?.value))).toEqual({
      ...first,
      stream: 'thing-1',
      position: 1,
    });
    expect(log.ids).toEqual([first.id, second.id]);
  });

  it('goes on behind its checkpoint after a restart', async () => {
    await append('thing-1');
    const before = relay();
    await untilCheckpoint(1);
    await before.stop();
    const next = await append('thing-1');
    relay();
    await log.until(() => log.records.length === 2);
    expect(log.ids.at(-1)).toBe(next.id);
  });

  it('survives an outage of the log without a loss, and says so meanwhile', async () => {
    log.failing = true;
    const errors: unknown[] = [];
    const running = relay({ onError: (error) => errors.push(error) });
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push((await append(`thing-${n}`)).id);
    await log.until(() => log.attempts >= 3);
    expect(running.status).toMatchObject({ active: true, published: 0 });
    expect(running.status.failures).toBeGreaterThanOrEqual(2);
    expect(await checkpoint()).toBe(0);
    log.failing = false;
    await log.until(() => log.records.length === 5);
    expect(log.ids).toEqual(ids);
    await untilCheckpoint(5);
    expect(errors.length).toBeGreaterThanOrEqual(2);
  });

  it('publishes again what a crash left between the log and the checkpoint', async () => {
    const { id } = await append('thing-1');
    const first = relay();
    await untilCheckpoint(1);
    await first.stop();
    await fresh.database.query('update thing.relay_checkpoints set position = 0');
    relay();
    await log.until(() => log.records.length === 2);
    expect(log.ids).toEqual([id, id]);
  });

  it('has one active relay, and another takes over when it stops', async () => {
    const first = relay();
    await append('thing-1');
    await untilCheckpoint(1);
    const second = relay();
    await append('thing-2');
    await untilCheckpoint(2);
    expect([first.status.active, second.status.active]).toEqual([true, false]);
    await first.stop();
    await append('thing-3');
    await untilCheckpoint(3);
    expect([first.status.active, second.status.active]).toEqual([false, true]);
    expect(log.records).toHaveLength(3);
  });

  it('recovers when its connection is cut', async () => {
    relay();
    await append('thing-1');
    await untilCheckpoint(1);
    await fresh.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'relay-%'`,
    );
    await append('thing-2');
    await untilCheckpoint(2);
    expect(new Set(log.ids).size).toBe(2);
  });
});
