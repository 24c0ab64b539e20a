import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GATEWAY_STATUS_PATH, gatewayStatusSchema } from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import { afterEach, expect, it, vi } from 'vitest';
import { aCall } from '../../test/call-fixture.js';
import { openSpool, RecordingLog, temporaryFolder } from '../../test/spool-fixture.js';
import { SpoolCallRecorder } from '../recording/spool-call-recorder.js';
import { RefusalCounter } from '../refusals/refusal-counter.js';
import { Sender } from '../sender/sender.js';
import { spoolStatusHandler } from './spool-status.handler.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('says what lies in the spool while the log is gone, and that nothing does afterwards', async () => {
  const { spool, log } = openSpool(temporaryFolder());
  cleanups.push(() => spool.close());
  const handle = spoolStatusHandler('gateway-1', spool);
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => server.close());
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const status = async () => gatewayStatusSchema.parse(await (await fetch(at + GATEWAY_STATUS_PATH)).json());
  expect(await status()).toMatchObject({
    gateway: 'gateway-1',
    spool: { oldestUnsentAt: null, refusing: false, sending: true },
  });

  const eventLog = new InMemoryEventLog();
  eventLog.setConnected(false);
  const sender = new Sender({ directory: spool.directory, state: spool.state, eventLog, log });
  cleanups.push(() => sender.stop(0));
  sender.start();
  const recorder = new SpoolCallRecorder(spool, new RefusalCounter(spool, () => true, new RecordingLog()));
  const decidedAt = new Date(Date.now() - 60_000).toISOString();
  await recorder.decided(aCall({ decidedAt }));
  await vi.waitFor(async () => expect((await status()).spool.sending).toBe(false));
  const behind = await status();
  expect(Date.parse(behind.spool.oldestUnsentAt ?? '')).toBeLessThan(Date.now() - 30_000);
  expect(behind.spool.bytes).toBeGreaterThan(500);

  eventLog.setConnected(true);
  await vi.waitFor(
    async () =>
      expect((await status()).spool).toMatchObject({ oldestUnsentAt: null, sending: true, refusing: false }),
    { timeout: 10_000 },
  );
  expect((await fetch(at + GATEWAY_STATUS_PATH, { method: 'POST' })).status).toBe(404);
});
