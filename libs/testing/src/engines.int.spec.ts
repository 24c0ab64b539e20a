import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickHouse, type TestClickHouse } from './start-clickhouse.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';

describe('engines for tests', () => {
  let postgres: TestPostgres;
  let clickhouse: TestClickHouse;
  beforeAll(async () => {
    [postgres, clickhouse] = await Promise.all([startPostgres(), startClickHouse()]);
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), clickhouse.stop()]);
  });

  it('gives each caller of createDatabase a Postgres database of its own', async () => {
    const urls = [await postgres.createDatabase(), await postgres.createDatabase()];
    const names = await Promise.all(
      urls.map(async (connectionString) => {
        const client = new pg.Client({ connectionString });
        await client.connect();
        const { rows } = await client.query<{ name: string }>('select current_database() as name');
        await client.end();
        return rows[0]?.name;
      }),
    );
    expect(names[0]).toMatch(/^test_/);
    expect(names[0]).not.toBe(names[1]);
  });

  it('gives each caller of createDatabase a ClickHouse database of its own', async () => {
    const url = new URL(await clickhouse.createDatabase());
    const database = url.pathname.slice(1);
    const response = await fetch(`${url.origin}/?database=${database}&query=SELECT+currentDatabase()`, {
      headers: { authorization: `Basic ${btoa(`${url.username}:${url.password}`)}` },
    });
    expect(await response.text()).toBe(`${database}\n`);
    expect(database).toMatch(/^test_/);
  });

  it('does not let one test file kill the engines of all', async () => {
    await expect(postgres.kill()).rejects.toThrow('own: true');
    await expect(clickhouse.kill()).rejects.toThrow('own: true');
  });
});
