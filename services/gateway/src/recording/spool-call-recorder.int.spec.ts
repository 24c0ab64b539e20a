import {
  callCompletedDataSchema,
  callFactsSchema,
  callRefusedDataSchema,
  envelopeSchema,
} from '@portcullis/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { aCall, aCompletion } from '../../test/call-fixture.js';
import { FailingDisk } from '../../test/failing-disk.js';
import { drainEvents, openSpool, RecordingLog, temporaryFolder } from '../../test/spool-fixture.js';
import { AuditUnavailable } from '../ports.js';
import { RefusalCounter } from '../refusals/refusal-counter.js';
import { RECORD_LIMIT } from '../spool/record.js';
import { NODE_DISK } from '../spool/spool-disk.js';
import type { Spool, SpoolOptions } from '../spool/spool.js';
import { SpoolCallRecorder } from './spool-call-recorder.js';

const open: Spool[] = [];
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close();
});
function start(options: Partial<SpoolOptions> = {}) {
  const { spool } = openSpool(temporaryFolder(), options);
  open.push(spool);
  return {
    spool,
    recorder: new SpoolCallRecorder(spool, new RefusalCounter(spool, () => true, new RecordingLog())),
  };
}

describe('the recorder', () => {
  it('spools a decision and a completion that repeats its facts, as the contract says', () => {
    const { spool, recorder } = start();
    const call = aCall();
    expect(recorder.decided(call)).toBeUndefined();
    expect(recorder.completed(call, aCompletion())).toBeUndefined();
    const [decided, completed] = drainEvents(spool);

    expect(decided).toMatchObject({ type: 'CallDecided', key: 'org-1:connection-1' });
    expect(envelopeSchema.parse(decided?.event)).toEqual(decided?.event);
    expect(callFactsSchema.parse(decided?.event.data)).toEqual(call.facts);
    expect(decided?.event).toMatchObject({
      type: 'CallDecided',
      version: 1,
      tenantId: 'org-1',
      stream: `call-${call.facts.requestId}`,
      position: -1,
      occurredAt: call.facts.decidedAt,
      actor: { type: 'api_key', id: 'key-1', name: 'agent of the shop' },
      correlationId: call.facts.traceId,
      causationId: null,
      traceparent: call.facts.traceparent,
      gateway: { id: 'gateway-test', epoch: spool.epoch, seq: 0 },
    });

    expect(completed).toMatchObject({ type: 'CallCompleted', key: 'org-1:connection-1' });
    expect(callCompletedDataSchema.parse(completed?.event.data)).toEqual({ ...call.facts, ...aCompletion() });
    expect(completed?.event).toMatchObject({ causationId: decided?.event.id, gateway: { seq: 1 } });
    expect(completed?.event.id).not.toBe(decided?.event.id);
  });

  it('spools a refusal as one terminal event', async () => {
    const { spool, recorder } = start();
    const call = aCall({ decision: 'deny', reason: 'policy.denied', connection: null, key: null });
    await recorder.refused(call, 0.8);
    const [refused, ...others] = drainEvents(spool);
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ type: 'CallRefused', key: 'org-1:' });
    expect(callRefusedDataSchema.parse(refused?.event.data)).toEqual({ ...call.facts, latencyMs: 0.8 });
    expect(refused?.event.actor).toEqual({ type: 'service', id: 'gateway-test' });
  });

  it('records a completion whose decision it has not seen', async () => {
    const { spool, recorder } = start();
    await recorder.completed(aCall(), aCompletion());
    expect(drainEvents(spool)).toMatchObject([{ type: 'CallCompleted', event: { causationId: null } }]);
  });

  it('numbers events densely across kinds', async () => {
    const { spool, recorder } = start();
    for (let i = 0; i < 10; i += 1) {
      const call = aCall();
      await recorder.decided(call);
      await recorder.completed(call, aCompletion());
      await recorder.refused(aCall(), 1);
    }
    const numbers = drainEvents(spool).map(({ event }) => (event.gateway as { seq: number }).seq);
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  it('waits for the disk when the audit class is strict, and only then', async () => {
    let sync: () => void = () => undefined;
    const fdatasync = ((fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      sync = () => NODE_DISK.fdatasync(fd, done);
    }) as typeof NODE_DISK.fdatasync;
    const { spool, recorder } = start({ disk: { ...NODE_DISK, fdatasync } });
    expect(recorder.decided(aCall())).toBeUndefined();
    let durable = false;
    const waiting = Promise.resolve(recorder.decided(aCall({ audit: 'strict' }))).then(
      () => (durable = true),
    );
    // Written, but not yet answered for.
    expect(drainEvents(spool)).toHaveLength(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(durable).toBe(false);
    sync();
    await waiting;
    const closing = spool.close();
    open.splice(0);
    await vi.waitFor(async () => {
      sync();
      await closing;
    });
  });

  it('shortens what is too long for a record and keeps what identifies the call', async () => {
    const { spool, recorder } = start();
    const call = aCall({
      // Every character of these takes six bytes in JSON: more than the record's limit together.
      arguments: '\u0001'.repeat(64 * 1024),
      metadata: { long: 'é'.repeat(8 * 1024) },
    });
    await recorder.decided(call);
    await recorder.completed(call, aCompletion({ result: '\u0001'.repeat(16 * 1024) }));
    const events = drainEvents(spool);
    expect(events).toHaveLength(2);
    for (const { event } of events) {
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(RECORD_LIMIT);
      expect(event.data).toMatchObject({
        requestId: call.facts.requestId,
        argumentsDigest: 'a'.repeat(64),
        name: 'refund',
      });
      expect((event.data as { arguments: string }).arguments).toHaveLength(16 * 1024);
    }
    expect(callCompletedDataSchema.safeParse(events[1]?.event.data).success).toBe(true);
  });

  it('shortens even the worst a caller can send', async () => {
    const { spool, recorder } = start();
    const worst = '\u0001'.repeat(1024 * 1024);
    await recorder.refused(
      aCall({
        arguments: worst,
        name: worst,
        metadata: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, worst.slice(0, 4096)])),
        conditions: Array.from({ length: 500 }, () => ({
          attribute: 'arguments.x',
          operator: 'eq',
          expected: worst.slice(0, 1024),
          actual: '',
        })),
      }),
      1,
    );
    expect(drainEvents(spool)).toMatchObject([
      { event: { data: { conditions: [], metadata: {}, decision: 'allow' } } },
    ]);
  });
});

describe('the recorder of a spool that refuses', () => {
  it('throws AuditUnavailable and leaves no gap in the numbers', async () => {
    const failing = new FailingDisk();
    const { spool, recorder } = start({ disk: failing.disk });
    await recorder.decided(aCall());
    failing.free = 0;
    expect(() => recorder.decided(aCall())).toThrow(AuditUnavailable);
    expect(() => recorder.decided(aCall({ audit: 'strict' }))).toThrow(AuditUnavailable);
    failing.free = Infinity;
    await recorder.decided(aCall());
    expect(drainEvents(spool).map(({ event }) => (event.gateway as { seq: number }).seq)).toEqual([0, 1]);
  });

  it('lets a best-effort call go on, counts the loss, and leaves a gap that shows it', async () => {
    const failing = new FailingDisk();
    const { spool, recorder } = start({ disk: failing.disk });
    const call = aCall({ audit: 'best-effort' });
    failing.free = 0;
    await recorder.decided(call);
    failing.free = Infinity;
    await recorder.completed(call, aCompletion());
    expect(recorder.lost).toBe(1);
    expect(drainEvents(spool)).toMatchObject([{ type: 'CallCompleted', event: { gateway: { seq: 1 } } }]);
  });
});
