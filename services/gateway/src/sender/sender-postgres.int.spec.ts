import { allTopics, TOPICS } from '@portcullis/contracts';
import { PostgresEventLog } from '@portcullis/eventlog';
import { startPostgres } from '@portcullis/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { appendNumber, openSpool, range, temporaryFolder } from '../../test/spool-fixture.js';
import { Sender } from './sender.js';

it(
  'loses nothing and keeps the order when Postgres is killed in the middle and comes back',
  { timeout: 120_000 },
  async () => {
    const postgres = await startPostgres({ own: true });
    onTestFinished(() => postgres.stop(), 30_000);
    const eventLog = new PostgresEventLog({
      connectionString: await postgres.createDatabase(),
      timeoutMs: 2_000,
    });
    await eventLog.ensureTopics(allTopics());
    const { spool, log } = openSpool(temporaryFolder());
    const sender = new Sender({ directory: spool.directory, state: spool.state, eventLog, log });
    onTestFinished(async () => {
      await sender.stop(0);
      await spool.close();
      await eventLog.close();
    }, 30_000);
    sender.start();

    for (const n of range(0, 3_000)) appendNumber(spool, n, 500);
    await vi.waitFor(() => expect(spool.state.counter('sent')).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 1,
    });
    await postgres.kill();
    for (const n of range(3_000, 6_000)) appendNumber(spool, n, 500);
    await vi.waitFor(() => expect(spool.state.counter('failing')).toBe(1), { timeout: 20_000 });
    await postgres.restart();
    await vi.waitFor(() => expect(spool.state.acknowledged).toEqual(spool.state.head), { timeout: 60_000 });

    const seen = new Map<string, number[]>();
    const reader = await eventLog.subscribe({
      group: 'test',
      topics: [TOPICS.calls.name],
      from: 'beginning',
      onBatch: async ({ records }) => {
        for (const { key, value } of records) {
          const { n } = JSON.parse(Buffer.from(value).toString()) as { n: number };
          seen.set(key, [...(seen.get(key) ?? []), n]);
        }
      },
    });
    const distinct = () => new Set([...seen.values()].flat());
    await vi.waitFor(() => expect(distinct().size).toBe(6_000), { timeout: 30_000 });
    await reader.stop();
    for (const numbers of seen.values()) {
      // What came twice came again as a whole batch: the first time each number is seen, it is in its place.
      const firsts = [...new Set(numbers)];
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    }
  },
);
