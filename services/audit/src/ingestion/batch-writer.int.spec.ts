import { AUDIT_EVENT_COLUMNS, type CallFacts } from '@portcullis/contracts';
import { ClickHouseError } from '@portcullis/clickhouse';
import { startClickHouse, type TestClickHouse } from '@portcullis/testing';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  batch,
  openAuditStore,
  records,
  testWriter,
  TOPIC,
  type AuditStore,
} from '../../test/audit-store.js';
import {
  bytesOf,
  completed,
  decided,
  DECIDED_AT,
  domainEvent,
  eventId,
  refusalsCounted,
  refused,
  shown,
} from '../../test/events.js';
import type { AuditRow } from '../rows/audit-row.js';
import { readEvent } from '../rows/read-event.js';
import { AuditTables } from './audit-tables.js';

let engine: TestClickHouse;
let store: AuditStore;
beforeAll(async () => {
  engine = await startClickHouse();
});
beforeEach(async () => {
  store = await openAuditStore(engine);
});
afterEach(() => store.close());
afterAll(() => engine.stop());

const ids = async () => (await store.rows()).map((row) => row.event_id);
const stored = (row: AuditRow, ingestedAt: string) => ({
  ...row,
  log_offset: Number(row.log_offset),
  ingested_at: ingestedAt,
});

describe('the table', () => {
  it('has the columns of the contract, in name, type and order', async () => {
    const { rows } = await store.clickHouse.rows<{ name: string; type: string }>(
      "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'audit_events' ORDER BY position",
    );
    expect(rows).toEqual(Object.entries(AUDIT_EVENT_COLUMNS).map(([name, type]) => ({ name, type })));
    expect(await store.tables.schemaDifferences()).toEqual([]);
  });

  it('tells a column it lacks', async () => {
    await store.clickHouse.command('ALTER TABLE audit_events DROP COLUMN error SETTINGS mutations_sync = 2');
    expect(await store.tables.schemaDifferences()).toEqual(['error']);
  });
});

describe('BatchWriter', () => {
  it('stores every kind of event as its row', async () => {
    const now = DECIDED_AT + 2000;
    const { writer, totals } = testWriter(store.tables, () => now);
    const all = records([
      completed(1),
      refused(2, { conditions: [{ attribute: 'user', operator: 'eq', expected: 'ana' }] }),
      refusalsCounted(3),
      domainEvent(4, 'PolicyActivated', { policyId: 'p' }),
      domainEvent(5, 'NeverSeen', { nested: { deep: 1 } }),
    ]);
    await writer.write(batch(all));
    const expected = all.map((record) => stored(readEvent(record.value, record).row, shown(now)));
    const byKey = (a: AuditRow, b: AuditRow) =>
      [a.tenant_id, a.event_time, a.event_id].join() < [b.tenant_id, b.event_time, b.event_id].join()
        ? -1
        : 1;
    expect(await store.rows()).toEqual(expected.sort(byKey));
    expect(totals).toEqual({ rows: 5, pending: 0, skipped: 0, dead: [] });
  });

  it('keeps a decided call pending unless its end is in the same batch', async () => {
    const { writer, totals } = testWriter(store.tables);
    await writer.write(batch(records([decided(1), completed(1), decided(2), decided(3), refused(3)])));
    expect(await ids()).toEqual([eventId(1), eventId(3)]);
    expect(totals.pending).toBe(1);
    const { rows } = await store.clickHouse.rows(
      'SELECT toString(event_id) AS id, log_offset AS o FROM audit_pending',
    );
    expect(rows).toEqual([{ id: eventId(2), o: 2 }]);
  });

  it('stores an event that is sent twice once', async () => {
    const { writer } = testWriter(store.tables);
    const all = records([completed(1), completed(2), completed(1), completed(2), completed(3)]);
    await writer.write(batch(all, 0, 3));
    await writer.write(batch(all, 3));
    expect(await ids()).toEqual([eventId(1), eventId(2), eventId(3)]);
  });

  it('keeps one batch of many months and classes whole', async () => {
    const events = Array.from({ length: 300 }, (_, n) => {
      const time = new Date(Date.UTC(2020, n % 240, 5)).toISOString();
      return n % 2
        ? completed(n, { decidedAt: time })
        : domainEvent(n, 'MemberAdded', {}, { occurredAt: time });
    });
    const { writer, totals } = testWriter(store.tables);
    await writer.write(batch(records(events)));
    expect(totals).toMatchObject({ rows: 300, dead: [] });
  });

  it('takes hostile values for values', async () => {
    const nasty = [
      '\u0000\u0001\u001f\u007f',
      'half \ud800 pair',
      '\udfff',
      '😀',
      "'; DROP TABLE audit_events --",
      '\\N',
      '\\u0000',
      '"}\n{"',
      '\u2028',
      'ÿ'.repeat(2000),
      '',
    ];
    const events = nasty.flatMap((text, n) => {
      const facts: Partial<CallFacts> = {
        name: text, user: text, traceId: text, arguments: text, metadata: { [text]: text, __proto__: text }, rule: text,
        conditions: [{ attribute: text, operator: 'eq', expected: [text], actual: { [text]: null } }],
        bytesIn: Number.MAX_SAFE_INTEGER, policyMs: Number.MAX_VALUE, sourceIp: text,
      }; // prettier-ignore
      return [
        completed(n, facts, { result: text, error: text, latencyMs: Number.MIN_VALUE, bytesOut: -1 }),
        domainEvent(
          100 + n,
          `Odd${text.slice(0, 20)}`,
          { [text]: text, list: [1e308, -0, true] },
          { correlationId: text.slice(0, 200) },
        ),
      ];
    });
    const { writer, totals } = testWriter(store.tables);
    const all = records(events);
    await writer.write(batch(all));
    expect(totals).toMatchObject({ rows: events.length, dead: [] });
    const smile = (await store.rows(`event_id = '${eventId(3)}'`))[0];
    expect(smile).toMatchObject({
      tool: '😀',
      user: '😀',
      args: '😀',
      result: '😀',
      metadata: { '😀': '😀' },
      bytes_out: 0,
    });
    const half = (await store.rows(`event_id = '${eventId(1)}'`))[0];
    expect(half).toMatchObject({ tool: 'half \ufffd pair', args: 'half \ufffd pair' });
  });

  it('dead-letters each kind of poison and stores all others', async () => {
    const poison = [
      Buffer.from([0xff, 0xfe]),
      Buffer.from('{"half":'),
      Buffer.from('"text"'),
      bytesOf({ ...completed(1), version: 'one' }),
      bytesOf({ ...completed(1), data: { requestId: 'x' } }),
      bytesOf(completed(1, { decidedAt: '0001-01-01T00:00:00Z' })),
      Buffer.alloc(1024 * 1024 + 1, 0x61),
      Buffer.from(
        JSON.stringify(
          refused(1, { conditions: [{ attribute: 'a', operator: 'eq', expected: 'DEEP' }] }),
        ).replace('"DEEP"', '['.repeat(200_000) + ']'.repeat(200_000)),
      ),
    ];
    const good = Array.from({ length: poison.length }, (_, n) => completed(n));
    const all = records(good.flatMap((event, n) => [event, poison[n]]));
    const { writer, letters, totals } = testWriter(store.tables);
    await writer.write(batch(all));
    expect(await ids()).toEqual(good.map((_, n) => eventId(n)));
    expect(totals.dead).toEqual([
      'audit.invalid_utf8', 'audit.invalid_json', 'audit.invalid_envelope', 'audit.invalid_envelope', 'audit.invalid_data',
      'audit.event_time', 'audit.too_large', 'audit.invalid_data',
    ]); // prettier-ignore

    expect(letters.map((letter) => letter.topic)).toEqual(poison.map(() => `${TOPIC}.dlq`));
    const letter = JSON.parse(Buffer.from(letters[0]?.value ?? []).toString()) as Record<string, unknown>;
    expect(letter).toMatchObject({
      topic: TOPIC,
      partition: 0,
      offset: '1',
      code: 'audit.invalid_utf8',
      bytes: 2,
      whole: true,
      value: '//4=',
    });
    const large = JSON.parse(Buffer.from(letters[6]?.value ?? []).toString()) as Record<string, unknown>;
    expect(large).toMatchObject({ bytes: 1024 * 1024 + 1, whole: false });
    for (const { value } of letters) expect(value.byteLength).toBeLessThanOrEqual(1536 * 1024);

    const { rows } = await store.clickHouse.rows(
      'SELECT log_offset AS o, code, size FROM audit_dead_letters ORDER BY o LIMIT 2',
    );
    expect(rows).toEqual([
      { o: 1, code: 'audit.invalid_utf8', size: 2 },
      { o: 3, code: 'audit.invalid_json', size: 8 },
    ]);
  });

  it('finds the one row the table refuses and stores the others', async () => {
    // A row that reads well here and not there: the table is made to refuse one tool.
    await store.clickHouse.command("ALTER TABLE audit_events ADD CONSTRAINT no_bad CHECK tool != 'bad'");
    class Refusing extends AuditTables {
      override async insertEvents(rows: readonly AuditRow[], token: string): Promise<void> {
        await super.insertEvents(rows, token).catch((error: unknown) => {
          // The engine calls a violated constraint 469, which is nobody's data error.
          throw (error as ClickHouseError).serverCode === 469
            ? new ClickHouseError({ kind: 'data', code: 'clickhouse.data' }, { serverCode: 469 })
            : error;
        });
      }
    }
    const { writer, letters, totals } = testWriter(new Refusing(store.clickHouse));
    const calls = Array.from({ length: 25 }, (_, n) =>
      completed(n, n === 13 || n === 20 ? { name: 'bad' } : {}),
    );
    await writer.write(batch(records([decided(12), decided(13), ...calls])));
    expect(totals).toMatchObject({ rows: 23, dead: ['audit.row_refused', 'audit.row_refused'] });
    expect(await store.copies()).toBe(23);
    expect(letters).toHaveLength(2);
    // The call whose end was refused is still one without an end.
    const { rows } = await store.clickHouse.rows('SELECT toString(event_id) AS id FROM audit_pending');
    expect(rows).toEqual([{ id: eventId(13) }]);
  });

  it('stores an insert whose answer was lost once, copies included', async () => {
    let lost = 0;
    class Losing extends AuditTables {
      override async insertEvents(rows: readonly AuditRow[], token: string): Promise<void> {
        await super.insertEvents(rows, token);
        lost += 1;
        if (lost === 1) throw new ClickHouseError({ kind: 'transient', code: 'clickhouse.connection' });
      }
    }
    const { writer } = testWriter(new Losing(store.clickHouse));
    await writer.write(batch(records([completed(1), completed(2)])));
    expect(lost).toBe(2);
    expect(await store.copies()).toBe(2);
  });

  it('stores what several log partitions bring with one insert, and the good rows when one of them is bad', async () => {
    await store.clickHouse.command("ALTER TABLE audit_events ADD CONSTRAINT no_bad CHECK tool != 'bad'");
    let inserts = 0;
    class Counting extends AuditTables {
      override async insertEvents(rows: readonly AuditRow[], token: string): Promise<void> {
        inserts += 1;
        await super.insertEvents(rows, token).catch((error: unknown) => {
          throw (error as ClickHouseError).serverCode === 469
            ? new ClickHouseError({ kind: 'data', code: 'clickhouse.data' })
            : error;
        });
      }
    }
    const { writer, totals } = testWriter(new Counting(store.clickHouse), undefined, { lingerMs: 2_000 });
    const bring = (from: number, bad = -1) =>
      Promise.all(
        Array.from({ length: 8 }, (_, partition) =>
          writer.write(
            batch(
              records([completed(from + partition, partition === bad ? { name: 'bad' } : {})], {
                partition,
                first: from,
              }),
            ),
          ),
        ),
      );
    await bring(0);
    expect(inserts).toBe(1);
    await bring(100, 5);
    expect(totals).toMatchObject({ rows: 15, dead: ['audit.row_refused'] });
    expect(await store.copies()).toBe(15);
  });

  it('does not dead-letter a whole batch when every row is refused', async () => {
    class Broken extends AuditTables {
      override async insertEvents(): Promise<void> {
        throw new ClickHouseError({ kind: 'data', code: 'clickhouse.data' });
      }
    }
    const { writer, letters } = testWriter(new Broken(store.clickHouse));
    const all = batch(records(Array.from({ length: 40 }, (_, n) => completed(n))));
    await expect(writer.write(all)).rejects.toMatchObject({ kind: 'unknown' });
    expect(letters).toEqual([]);
  });

  it('rejects when the store cannot be reached, and stores the same batch later', async () => {
    let away = true;
    class Away extends AuditTables {
      override async insertEvents(rows: readonly AuditRow[], token: string): Promise<void> {
        if (away) throw new ClickHouseError({ kind: 'transient', code: 'clickhouse.connection' });
        await super.insertEvents(rows, token);
      }
    }
    const { writer, letters } = testWriter(new Away(store.clickHouse));
    const all = batch(records([completed(1), Buffer.from('x'), decided(2)]));
    await expect(writer.write(all)).rejects.toMatchObject({ kind: 'transient' });
    expect(letters).toEqual([]);
    away = false;
    await writer.write(all);
    expect(await ids()).toEqual([eventId(1)]);
    expect(letters).toHaveLength(1);
  });
});

describe('a restart', () => {
  const events = [
    completed(1),
    decided(2),
    Buffer.from('poison'),
    domainEvent(4, 'MemberAdded', {}),
    completed(2),
    decided(6),
    refused(7),
  ];

  it('skips what is stored, whatever table it is in', async () => {
    const all = records(events);
    const before = testWriter(store.tables);
    await before.writer.write(batch(all, 0, 4));
    await before.writer.write(batch(all, 4, 6));
    const after = testWriter(store.tables);
    await after.writer.write(batch(all));
    expect(after.totals).toEqual({ rows: 1, pending: 0, skipped: 4, dead: [] });
    expect(after.letters).toEqual([]);
    expect(await store.copies()).toBe(4);
    expect(await store.count('audit_dead_letters')).toBe(1);
  });

  it('stores what is missing below what is stored: an insert over two table partitions was cut in the middle', async () => {
    const all = records(events);
    // Only the later offsets got in.
    await testWriter(store.tables).writer.write(batch(all, 3));
    const after = testWriter(store.tables);
    await after.writer.write(batch(all, 0, 5));
    await after.writer.write(batch(all, 5));
    expect(await ids()).toEqual([eventId(1), eventId(2), eventId(7), eventId(4, 5)]);
    expect(await store.copies()).toBe(4);
  });

  it('does not take the offsets of a new log for those of the old one', async () => {
    await testWriter(store.tables).writer.write(batch(records(events)));
    const other = [completed(11), completed(12), Buffer.from('other poison'), refused(13)];
    const after = testWriter(store.tables);
    await after.writer.write(batch(records(other)));
    expect(after.totals).toEqual({ rows: 3, pending: 0, skipped: 0, dead: ['audit.invalid_json'] });
    expect(await ids()).toEqual(expect.arrayContaining([eventId(11), eventId(12), eventId(13), eventId(1)]));
  });

  it('goes on without looking once it is past what was stored', async () => {
    const all = records(Array.from({ length: 40 }, (_, n) => completed(n)));
    await testWriter(store.tables).writer.write(batch(all, 0, 15));
    let looks = 0;
    class Counting extends AuditTables {
      override async storedIds(range: Parameters<AuditTables['storedIds']>[0]) {
        looks += 1;
        return super.storedIds(range);
      }
    }
    const { writer, totals } = testWriter(new Counting(store.clickHouse));
    for (let from = 0; from < 40; from += 10) await writer.write(batch(all, from, from + 10));
    expect(totals).toMatchObject({ rows: 25, skipped: 15 });
    expect(looks).toBe(2);
  });
});

describe('any cut of the same offsets', () => {
  /** Ends of calls and their beginnings in disorder, sent twice here and there, with poison between. */
  const events = Array.from({ length: 60 }, (_, n) => {
    switch (n % 6) {
      case 0: return decided(n);
      case 1: return completed(n - 1);
      case 2: return refused(n);
      case 3: return n % 4 === 1 ? Buffer.from(`poison ${n}`) : domainEvent(n, 'MemberAdded', { n });
      case 4: return decided(n);
      default: return n > 30 ? completed(n - 30) : completed(n - 1, {}, { outcome: 'error' });
    }
  }); // prettier-ignore

  const comparable = (rows: AuditRow[]) =>
    rows.map(({ ingested_at: _at, log_offset: _offset, ...row }) => row);
  const cuts = fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 25 }),
      again: fc.integer({ min: 0, max: 8 }),
      restart: fc.boolean(),
      breaks: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );

  it('gives the same table, whatever is delivered again, restarted or cut off', async () => {
    const all = records(events);
    await testWriter(store.tables).writer.write(batch(all));
    const expected = comparable(await store.rows());
    const letters = await store.count('audit_dead_letters FINAL');

    await fc.assert(
      fc.asyncProperty(cuts, async (plan) => {
        for (const table of ['audit_events', 'audit_pending', 'audit_dead_letters'])
          await store.clickHouse.command(`TRUNCATE TABLE ${table}`);
        let breaking = false;
        class Breaking extends AuditTables {
          override async insertEvents(rows: readonly AuditRow[], token: string): Promise<void> {
            await super.insertEvents(rows, token);
            if (breaking) throw new ClickHouseError({ kind: 'transient', code: 'clickhouse.timeout' });
          }
        }
        const tables = new Breaking(store.clickHouse);
        let { writer } = testWriter(tables);
        let from = 0;
        for (let step = 0; from < all.length; step += 1) {
          const { size, again, restart, breaks } = plan[step % plan.length] as (typeof plan)[number];
          if (restart) writer = testWriter(tables).writer;
          // The insert is stored and its answer lost; the batch comes again, cut otherwise.
          breaking = breaks && step < plan.length;
          const to = Math.min(all.length, from + size);
          const start = Math.max(0, from - again);
          try {
            await writer.write(batch(all, start, to));
            from = to;
          } catch (error) {
            if ((error as ClickHouseError).code !== 'clickhouse.timeout') throw error;
          }
        }
        expect(comparable(await store.rows())).toEqual(expected);
        expect(await store.count('audit_dead_letters FINAL')).toBe(letters);
      }),
      { numRuns: 8 },
    );
  });
});
