import { startClickHouse, type TestClickHouse } from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  batch,
  openAuditStore,
  records,
  testWriter,
  TOPIC,
  type AuditStore,
} from '../../test/audit-store.js';
import { completed, DECIDED_AT, decided, eventId, iso } from '../../test/events.js';
import { UnknownSweep } from './unknown-sweep.js';

const MINUTE = 60_000;
/** 10 minutes a call may take, 5 more its completion may be late. */
const DUE = DECIDED_AT + 15 * MINUTE;
/** Replicas' clocks may differ by 10 s. */
const SURE = DUE + 11_000;

describe('UnknownSweep', () => {
  let engine: TestClickHouse;
  let store: AuditStore;
  let watermark: number | undefined;
  beforeAll(async () => {
    engine = await startClickHouse();
  });
  beforeEach(async () => {
    store = await openAuditStore(engine);
  });
  afterEach(() => store.close());
  afterAll(() => engine.stop());

  const partitions = [{ topic: TOPIC, partition: 0 }];
  const sweep = () =>
    new UnknownSweep(
      store.tables,
      { watermark: () => watermark },
      () => partitions,
      () => watermark ?? DUE,
    );
  const write = async (events: unknown[], options: { first: number; at: number; partition?: number }) => {
    const { first, at, partition = 0 } = options;
    await testWriter(store.tables, () => at).writer.write(
      batch(records(events, { first, timestamp: at, partition })),
    );
  };
  const rows = async () =>
    (await store.rows()).map(({ event_id, outcome, row_version, corrected }) => ({
      event_id,
      outcome,
      row_version,
      corrected,
    }));
  const unknown = (n: number) => ({ event_id: eventId(n), outcome: 'unknown', row_version: 1, corrected: 0 });
  const ok = (n: number, corrected = 0) => ({
    event_id: eventId(n),
    outcome: 'ok',
    row_version: 2,
    corrected,
  });

  it('gives a call without an end its row once its time is over, and not before', async () => {
    await write([decided(1), decided(2)], { first: 0, at: DECIDED_AT });
    await write([completed(2)], { first: 2, at: DECIDED_AT + 1000 });
    const one = sweep();
    watermark = undefined;
    expect(await one.run()).toBe(0);
    watermark = DUE;
    expect(await one.run()).toBe(0);
    watermark = SURE;
    expect(await one.run()).toBe(1);
    expect(await rows()).toEqual([unknown(1), ok(2)]);
    expect(await one.run()).toBe(0);
  });

  it('shows the decision, its place in the log and when it was stored', async () => {
    await write([decided(1)], { first: 41, at: DECIDED_AT });
    watermark = SURE;
    await sweep().run();
    expect((await store.rows())[0]).toMatchObject({
      event_time: iso(DECIDED_AT).replace('T', ' ').replace('Z', ''),
      type: 'tool_call', tool: 'create_issue', decision: 'allow', latency_ms: 0, log_offset: 41, gateway_seq: 1,
      ingested_at: iso(SURE).replace('T', ' ').replace('Z', ''),
    }); // prettier-ignore
  });

  it('is replaced by a completion later still, which says so', async () => {
    await write([decided(1), decided(2)], { first: 0, at: DECIDED_AT });
    watermark = SURE;
    await sweep().run();
    await write([completed(1)], { first: 2, at: SURE + MINUTE });
    expect(await rows()).toEqual([ok(1, 1), unknown(2)]);
    // Again, as after a restart, and once the copies are merged.
    await write([completed(1)], { first: 9, at: SURE + 2 * MINUTE });
    await store.clickHouse.command('OPTIMIZE TABLE audit_events FINAL');
    await write([completed(1)], { first: 12, at: SURE + 3 * MINUTE });
    expect(await rows()).toEqual([ok(1, 1), unknown(2)]);
  });

  it('does not call a completion a correction because it is sent again late', async () => {
    await write([decided(1), completed(1)], { first: 0, at: DECIDED_AT });
    watermark = SURE;
    await sweep().run();
    await write([completed(1)], { first: 2, at: SURE + 60 * MINUTE });
    expect(await rows()).toEqual([ok(1)]);
  });

  it('waits for completions that are in the log and not stored yet', async () => {
    await write([decided(1)], { first: 0, at: DECIDED_AT });
    // Audit was away for an hour; the log is not stored beyond the decision.
    watermark = DECIDED_AT + 1000;
    expect(await sweep().run()).toBe(0);
    await write([completed(1)], { first: 1, at: DECIDED_AT + 2000 });
    watermark = DECIDED_AT + 60 * MINUTE;
    expect(await sweep().run()).toBe(0);
    expect(await rows()).toEqual([ok(1)]);
  });

  it('finds a call whose decision came long after its due time', async () => {
    await write([decided(1)], { first: 0, at: DECIDED_AT });
    watermark = SURE;
    const one = sweep();
    await one.run();
    // A gateway kept this one in its spool while the log was away.
    await write([decided(2)], { first: 1, at: SURE + 60 * MINUTE });
    watermark = SURE + 60 * MINUTE + 11_000;
    expect(await one.run()).toBe(1);
    expect(await rows()).toEqual([unknown(1), unknown(2)]);
  });

  it('survives a restart, and a second replica sweeping at once adds nothing', async () => {
    await write(
      Array.from({ length: 50 }, (_, n) => decided(n)),
      { first: 0, at: DECIDED_AT },
    );
    watermark = SURE;
    const [one, two] = await Promise.all([sweep().run(), sweep().run()]);
    expect(Math.max(one, two)).toBe(50);
    expect(await store.rows()).toHaveLength(50);
    expect(await sweep().run()).toBe(0);
    const { rows: saved } = await store.clickHouse.rows('SELECT count() AS n FROM audit_sweeps FINAL');
    expect(saved).toEqual([{ n: 1 }]);
  });

  it('goes through more calls than it holds at once', async () => {
    await write(
      Array.from({ length: 2500 }, (_, n) => decided(n, { decidedAt: iso(DECIDED_AT + n) })),
      { first: 0, at: DECIDED_AT },
    );
    await write(
      Array.from({ length: 2500 }, (_, n) => completed(n, { decidedAt: iso(DECIDED_AT + n) })).filter(
        (_, n) => n % 5,
      ),
      { first: 2500, at: DECIDED_AT + MINUTE },
    );
    watermark = SURE + 2500;
    expect(await sweep().run()).toBe(500);
    const { rows: counts } = await store.clickHouse.rows(
      'SELECT outcome, count() AS n FROM audit_events FINAL GROUP BY outcome ORDER BY outcome',
    );
    expect(counts).toEqual([
      { outcome: 'ok', n: 2000 },
      { outcome: 'unknown', n: 500 },
    ]);
  });

  it('leaves the calls of another log partition to its own watermark', async () => {
    await write([decided(1)], { first: 0, at: DECIDED_AT, partition: 1 });
    watermark = SURE;
    expect(await sweep().run()).toBe(0);
  });

  it('never shows a filter the row that a completion has replaced', async () => {
    await write([decided(1)], { first: 0, at: DECIDED_AT });
    watermark = SURE;
    await sweep().run();
    await write(
      Array.from({ length: 2000 }, (_, n) => completed(1000 + n)),
      { first: 10, at: DECIDED_AT + MINUTE },
    );
    await write([completed(1)], { first: 3000, at: SURE + MINUTE });
    // Skip indexes must not drop the newer copy before FINAL has compared the two.
    expect(await store.rows("outcome = 'unknown'")).toEqual([]);
    expect(
      await store.rows(
        "tenant_id = 'tenant-a' AND outcome = 'unknown' AND hasAllTokens(lowerUTF8(args), ['broken'])",
      ),
    ).toEqual([]);
    expect(await store.rows(`outcome = 'ok' AND event_id = '${eventId(1)}'`)).toHaveLength(1);
  });
});
