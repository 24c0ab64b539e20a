import { Database, migrate } from '@portcullis/postgres';
import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyPartition } from '../detection/partition-state.js';
import { anomalyMigrations, SCHEMA } from '../migrations.js';
import { PostgresSnapshotStore } from './postgres-snapshot-store.js';
import type { Snapshot } from './snapshot.js';

describe('PostgresSnapshotStore', () => {
  let postgres: TestPostgres;
  let database: Database;
  let store: PostgresSnapshotStore;

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await migrate({ url, schema: SCHEMA, migrations: await anomalyMigrations() });
    // Every start migrates.
    expect(await migrate({ url, schema: SCHEMA, migrations: await anomalyMigrations() })).toEqual({
      applied: [],
    });
    database = await Database.open({ url, applicationName: 'test' });
    store = new PostgresSnapshotStore(database, SCHEMA);
  });

  beforeEach(() => database.query('truncate anomaly.snapshots'));

  afterAll(async () => {
    await database?.close();
    await postgres?.stop();
  });

  const snapshot = (position: bigint, tenant = 'tenant-a'): Snapshot => {
    const state = emptyPartition();
    state.tenants.set(tenant, { connections: new Map(), size: 0 });
    return { topic: 'gateway.calls.v1', partition: 3, position, findingsPosition: 2n, state };
  };

  it('gives back what it was given, for each partition', async () => {
    const big = snapshot(2n ** 60n);
    expect(await store.save(big)).toBeGreaterThan(0);
    await store.save({ ...snapshot(4n, 'tenant-b'), partition: 4 });
    expect(await store.load(big)).toEqual({ kind: 'snapshot', snapshot: big });
    expect(await store.load({ topic: big.topic, partition: 5 })).toEqual({ kind: 'none' });
  });

  it('replaces a snapshot by a later one, never by an earlier one', async () => {
    await store.save(snapshot(10n, 'first'));
    await store.save(snapshot(9n, 'stale'));
    expect(await store.load(snapshot(0n))).toEqual({ kind: 'snapshot', snapshot: snapshot(10n, 'first') });
    await store.save(snapshot(11n, 'later'));
    expect(await store.load(snapshot(0n))).toEqual({ kind: 'snapshot', snapshot: snapshot(11n, 'later') });
  });

  it.each([
    ['state', `set_byte(state, 12, get_byte(state, 12) # 1)`],
    ['position', 'position + 1'],
    ['findings_position', 'findings_position + 1'],
    ['format', 'format + 1'],
    ['checksum', `'\\x00'`],
  ])('sees that somebody changed the %s', async (column, value) => {
    await store.save(snapshot(10n));
    await database.query(`update anomaly.snapshots set ${column} = ${value}`);
    expect(await store.load(snapshot(0n))).toEqual({
      kind: 'damaged',
      reason: 'the checksum does not match',
    });
    await store.discard(snapshot(0n));
    expect(await store.load(snapshot(0n))).toEqual({ kind: 'none' });
  });
});
