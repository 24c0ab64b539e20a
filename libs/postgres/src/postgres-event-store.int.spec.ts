import { contractEvent, eventStoreContract } from '@portcullis/eventing/contract';
import { VersionConflict } from '@portcullis/eventing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshEventStore } from '../test/fresh-database.js';

eventStoreContract('Postgres', { open: freshEventStore });

describe('Postgres event store', () => {
  let fresh: Awaited<ReturnType<typeof freshEventStore>>;
  beforeEach(async () => {
    fresh = await freshEventStore();
  });
  afterEach(() => fresh.close());

  it('shows nothing of an append whose transaction is open, and makes the next append wait for it', async () => {
    const { database, store } = fresh;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let appended: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (appended = resolve));
    const slow = database.transaction(async (session) => {
      await store.within(session).append('slow', [contractEvent()], { expectedVersion: 0 });
      appended();
      await held;
    });
    await first;
    let overtaken = false;
    const fast = store
      .append('fast', [contractEvent()], { expectedVersion: 0 })
      .then(() => (overtaken = true));
    // The fast append is waiting for the lock once Postgres says so.
    for (;;) {
      const waiting = await database.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update thing.event_position%' and datname = current_database()`,
      );
      if (waiting.length > 0) break;
    }
    expect(await store.readAll(0, 10)).toEqual([]);
    expect(await store.lastPosition()).toBe(0);
    expect(overtaken).toBe(false);
    release();
    await Promise.all([slow, fast]);
    expect((await store.readAll(0, 10)).map((event) => event.stream)).toEqual(['slow', 'fast']);
  });

  it('leaves no hole when a transaction fails after its append', async () => {
    const { database, store } = fresh;
    await expect(
      database.transaction(async (session) => {
        await store.within(session).append('thing-1', [contractEvent()], { expectedVersion: 0 });
        throw new Error('later');
      }),
    ).rejects.toThrow('later');
    await store.append('thing-1', [contractEvent()], { expectedVersion: 0 });
    expect((await store.readAll(0, 10)).map((event) => event.globalPosition)).toEqual([1]);
  });

  it('keeps the order of keys and large integers of data as they were written', async () => {
    const { store } = fresh;
    const data = { z: 1, a: { d: 2, c: '\u0000 \ud800' }, n: 9007199254740991 };
    await store.append('thing-1', [contractEvent('Happened', data)], { expectedVersion: 0 });
    const { events } = await store.read('thing-1');
    expect(JSON.stringify(events[0]?.data)).toBe(JSON.stringify(data));
  });

  it('never lets a stored event be changed, deleted or truncated', async () => {
    const { database, store } = fresh;
    await store.append('thing-1', [contractEvent()], { expectedVersion: 0 });
    for (const sql of [
      `update thing.events set type = 'Other'`,
      'delete from thing.events',
      'truncate thing.events',
    ]) {
      await expect(database.query(sql)).rejects.toThrow('never changed');
    }
  });

  it('recovers by itself when its connections are cut', async () => {
    const { database, store } = fresh;
    await store.append('thing-1', [contractEvent()], { expectedVersion: 0 });
    let hints = 0;
    const stop = store.subscribe(() => (hints += 1));
    while (hints === 0) await store.lastPosition();
    await database.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    const before = hints;
    // The listener tells after it has connected again, without an append.
    while (hints === before) await store.lastPosition().catch(() => undefined);
    stop();
    await expect(store.append('thing-1', [contractEvent()], { expectedVersion: 0 })).rejects.toBeInstanceOf(
      VersionConflict,
    );
  });
});
