import { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { freshUrl } from '../test/fresh-database.js';
import { PooledClient } from './pooled-client.js';

describe('pooled client', () => {
  it('may be lost between two statements of a user who does not listen', async () => {
    const pool = new Pool({ Client: PooledClient, connectionString: await freshUrl(), max: 2 });
    try {
      const held = await pool.connect();
      try {
        const { rows } = await held.query<{ pid: number }>('select pg_backend_pid() as pid');
        const ended = new Promise<void>((resolve) => held.once('end', resolve));
        await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
        await ended;
        await expect(held.query('select 1')).rejects.toThrow();
      } finally {
        held.release(true);
      }
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    } finally {
      await pool.end();
    }
  });
});
