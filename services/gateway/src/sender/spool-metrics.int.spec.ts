import { InMemoryEventLog } from '@portcullis/eventlog';
import { Registry } from 'prom-client';
import { afterEach, expect, it, vi } from 'vitest';
import { aCall } from '../../test/call-fixture.js';
import { openSpool, RecordingLog, temporaryFolder } from '../../test/spool-fixture.js';
import { SpoolCallRecorder } from '../recording/spool-call-recorder.js';
import { RefusalCounter } from '../refusals/refusal-counter.js';
import { Sender } from './sender.js';
import { registerSpoolMetrics } from './spool-metrics.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function figures(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
}

it('tells how far the log is behind, and that it has caught up', async () => {
  const { spool, log } = openSpool(temporaryFolder());
  cleanups.push(() => spool.close());
  const recorder = new SpoolCallRecorder(spool, new RefusalCounter(spool, () => true, new RecordingLog()));
  const registry = new Registry();
  registerSpoolMetrics(registry, spool, recorder);
  expect(await figures(registry)).toMatchObject({
    gateway_spool_oldest_unsent_seconds: 0,
    gateway_spool_records_appended_total: 0,
  });

  const eventLog = new InMemoryEventLog();
  eventLog.setConnected(false);
  const sender = new Sender({ directory: spool.directory, state: spool.state, eventLog, log });
  cleanups.push(() => sender.stop(0));
  sender.start();
  await recorder.decided(aCall({ decidedAt: new Date(Date.now() - 60_000).toISOString() }));
  await recorder.refused(aCall(), 1);
  await vi.waitFor(async () => expect(await figures(registry)).toMatchObject({ gateway_sender_failing: 1 }));
  const behind = await figures(registry);
  expect(behind.gateway_spool_oldest_unsent_seconds).toBeGreaterThanOrEqual(60);
  expect(behind.gateway_spool_oldest_unsent_seconds).toBeLessThan(120);
  expect(behind.gateway_spool_bytes).toBeGreaterThan(2_000);
  expect(behind).toMatchObject({
    gateway_spool_records_appended_total: 2,
    gateway_sender_records_sent_total: 0,
    gateway_spool_refusing: 0,
  });
  expect(behind.gateway_sender_retries_total).toBeGreaterThan(0);

  eventLog.setConnected(true);
  await vi.waitFor(
    async () => expect(await figures(registry)).toMatchObject({ gateway_sender_records_sent_total: 2 }),
    { timeout: 10_000 },
  );
  expect(await figures(registry)).toMatchObject({
    gateway_spool_oldest_unsent_seconds: 0,
    gateway_sender_failing: 0,
    gateway_sender_dead_letters_total: 0,
    gateway_spool_records_lost_total: 0,
  });
});
