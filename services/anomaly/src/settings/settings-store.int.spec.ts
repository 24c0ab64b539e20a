import { Database, migrate } from '@portcullis/postgres';
import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anomalyMigrations, SCHEMA } from '../migrations.js';
import { KEPT_MS, type SettingsChange } from './settings-history.js';
import { PostgresSettingsStore } from './settings-store.js';

const settings = { rateMultiplier: 2.5, rateMinCalls: 40, off: ['first_use' as const] };

function change(offset: bigint, over: Partial<SettingsChange> = {}): SettingsChange {
  return { offset, tenantId: 'tenant-a', connectionId: '', takenAt: Date.now(), settings, ...over };
}

describe('PostgresSettingsStore', () => {
  let postgres: TestPostgres;
  let database: Database;
  let store: PostgresSettingsStore;

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await migrate({ url, schema: SCHEMA, migrations: await anomalyMigrations() });
    database = await Database.open({ url, applicationName: 'test' });
    store = new PostgresSettingsStore(database, SCHEMA);
  });
  beforeEach(() => store.clear());
  afterAll(async () => {
    await database?.close();
    await postgres?.stop();
  });

  it('gives back what it was given in the order of the log, each once', async () => {
    const changes = [change(2n), change(10n, { connectionId: 'c1', settings: null }), change(2n ** 60n)];
    await store.add([changes[2]!, changes[0]!]);
    await store.add([changes[1]!, { ...changes[0]!, settings: null }]);
    expect(await store.load()).toEqual(changes);
  });

  it('forgets what was superseded longer ago than calls are kept, and never what is in force', async () => {
    const old = Date.now() - 2 * KEPT_MS;
    await store.add([
      change(1n, { takenAt: old }), change(2n, { takenAt: old + 1 }), change(3n),
      change(4n, { takenAt: old, connectionId: 'c1' }), change(5n, { takenAt: old, tenantId: 'tenant-b' }),
    ]); // prettier-ignore
    expect((await store.load()).map(({ offset }) => offset)).toEqual([2n, 3n, 4n, 5n]);
  });
});
