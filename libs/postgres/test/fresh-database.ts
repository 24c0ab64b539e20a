import { Upcasters } from '@portcullis/eventing';
import { startPostgres } from '@portcullis/testing';
import { Database, PostgresEventStore, eventStoreMigrations, migrate } from '../src/index.js';

export async function freshUrl(): Promise<string> {
  const postgres = await startPostgres();
  return postgres.createDatabase();
}

/** A migrated database of its own with an event store in it. */
export async function freshEventStore(upcasters = new Upcasters()) {
  const url = await freshUrl();
  await migrate({ url, schema: 'thing', migrations: eventStoreMigrations('thing') });
  const database = await Database.open({ url, applicationName: 'test', maxConnections: 8 });
  const store = new PostgresEventStore({ database, url, schema: 'thing', upcasters });
  return {
    url,
    database,
    store,
    async close() {
      await store.close();
      await database.close();
    },
  };
}
