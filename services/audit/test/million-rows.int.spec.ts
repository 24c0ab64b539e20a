import { generateAuditRows, startClickHouse, type TestClickHouse } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditStore, type AuditStore } from './audit-store.js';

const ROWS = 1_000_000;
const TENANT = 'tenant-2';
const SETTINGS = { do_not_merge_across_partitions_select_final: 1 };

type Filter = Partial<
  Record<'trace' | 'connection' | 'tool' | 'decision' | 'user' | 'type' | 'from' | 'to', string>
>;
interface Row {
  tenant: string;
  time: string;
  id: string;
}

/** The audit-events query of the contract (section 8) as plain SQL: what the table must be able to answer. */
function conditions(filter: Filter): string[] {
  return [
    'tenant_id = {tenant:String}',
    ...Object.keys(filter).map((name) => {
      if (name === 'from') return "event_time >= toDateTime64({from:String}, 3, 'UTC')";
      if (name === 'to') return "event_time < toDateTime64({to:String}, 3, 'UTC')";
      return `\`${name}\` = {${name}:String}`;
    }),
  ];
}
const SELECT =
  'SELECT tenant_id AS tenant, toString(event_time) AS time, toString(event_id) AS id FROM audit_events FINAL';
const ORDER = 'ORDER BY tenant_id DESC, toStartOfMinute(event_time) DESC, event_time DESC, event_id DESC';

describe('a table of a million rows and copies of some', () => {
  let engine: TestClickHouse;
  let store: AuditStore;
  beforeAll(async () => {
    // Its inserts take long, and the writes of everybody else would wait behind them.
    engine = await startClickHouse({ own: true });
    store = await openAuditStore(engine);
    for (const statement of generateAuditRows({ rows: ROWS, seed: 7 }))
      await store.clickHouse.command(statement, { maxExecutionMs: 120_000 });
    // Redelivered and not merged yet.
    await store.clickHouse.command(
      'INSERT INTO audit_events SELECT * FROM audit_events WHERE log_offset % 40 = 0',
      { maxExecutionMs: 60_000 },
    );
  }, 300_000);
  afterAll(async () => {
    await store.close();
    await engine.stop();
  });

  const all = async (filter: Filter, limit = '') =>
    (
      await store.clickHouse.rows<Row>(
        `${SELECT} WHERE ${conditions(filter).join(' AND ')} ORDER BY event_time DESC, event_id DESC ${limit}`,
        {
          params: { tenant: TENANT, ...filter },
          settings: SETTINGS,
        },
      )
    ).rows;

  async function* pages(filter: Filter, size: number): AsyncGenerator<Row[]> {
    let after: Row | undefined;
    for (;;) {
      const where = conditions(filter);
      if (after) {
        where.push("event_time <= toDateTime64({afterTime:String}, 3, 'UTC')");
        where.push("(event_time, event_id) < (toDateTime64({afterTime:String}, 3, 'UTC'), {afterId:UUID})");
      }
      const { rows } = await store.clickHouse.rows<Row>(
        `${SELECT} WHERE ${where.join(' AND ')} ${ORDER} LIMIT ${size}`,
        {
          params: {
            tenant: TENANT,
            ...filter,
            ...(after ? { afterTime: after.time, afterId: after.id } : {}),
          },
          settings: SETTINGS,
        },
      );
      if (rows.length > 0) yield rows;
      if (rows.length < size) return;
      after = rows.at(-1);
    }
  }

  async function paged(filter: Filter, size: number): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const page of pages(filter, size)) rows.push(...page);
    return rows;
  }

  it('holds every row once under FINAL and has many in one millisecond', async () => {
    const { rows } = await store.clickHouse.rows<{ n: number; ids: number; ties: number }>(
      'SELECT count() AS n, uniqExact(event_id) AS ids, count() - uniqExact(tenant_id, event_time) AS ties FROM audit_events FINAL',
      { settings: SETTINGS },
    );
    expect(rows[0]).toMatchObject({ n: ROWS, ids: ROWS });
    expect(rows[0]?.ties).toBeGreaterThan(ROWS / 2);
    expect(await store.copies()).toBeGreaterThan(ROWS);
  });

  it('is paged whole without a gap, a repetition or a foreign row', async () => {
    const rows = await paged({}, 5_000);
    const { rows: counted } = await store.clickHouse.rows<{ n: number }>(
      'SELECT count() AS n FROM audit_events FINAL WHERE tenant_id = {tenant:String}',
      { params: { tenant: TENANT }, settings: SETTINGS },
    );
    expect(rows).toHaveLength(counted[0]?.n ?? -1);
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => row.tenant))).toEqual(new Set([TENANT]));
    expect(rows.every((row, index) => index === 0 || row.time <= (rows[index - 1] as Row).time)).toBe(true);
  }, 120_000);

  const names = ['trace', 'connection', 'tool', 'decision', 'user', 'type'] as const;
  /** Every pair of filters, every filter alone, all together; with a time range on every other. */
  const combinations = [
    ...names.map((name) => [name]),
    ...names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b])),
    [...names],
  ];

  it('answers every combination of filters page by page as it does at once', async () => {
    const { rows: samples } = await store.clickHouse.rows<Record<(typeof names)[number] | 'time', string>>(
      `SELECT ${names.join(', ')}, toString(event_time) AS time FROM audit_events FINAL
       WHERE tenant_id = {tenant:String} AND tool != '' ORDER BY sipHash64(event_id) LIMIT ${combinations.length}`,
      { params: { tenant: TENANT }, settings: SETTINGS },
    );
    let compared = 0;
    for (const [index, combination] of combinations.entries()) {
      const sample = samples[index] as (typeof samples)[number];
      const filter: Filter = Object.fromEntries(combination.map((name) => [name, sample[name]]));
      const middle = Date.parse(`${sample.time.replace(' ', 'T')}Z`);
      if (index % 2 === 1 || combination.every((name) => name === 'decision' || name === 'type')) {
        filter.from = columnTime(middle - 8 * 3_600_000);
        filter.to = columnTime(middle + 8 * 3_600_000);
      }
      const expected = await all(filter, 'LIMIT 4000');
      const size = Math.max(7, Math.ceil(expected.length / 9));
      const found: Row[] = [];
      for await (const page of pages(filter, size)) {
        found.push(...page);
        if (found.length >= expected.length && expected.length === 4000) break;
      }
      expect(found.slice(0, 4000), JSON.stringify(filter)).toEqual(expected);
      expect(found.every((row) => row.tenant === TENANT)).toBe(true);
      expect(found.length).toBeGreaterThan(0);
      compared += expected.length;
    }
    expect(compared).toBeGreaterThan(10_000);
  }, 120_000);

  it('shows nothing of one tenant to another, whatever is asked', async () => {
    const { rows } = await store.clickHouse.rows<{ trace: string; user: string }>(
      "SELECT trace, user FROM audit_events WHERE tenant_id = 'tenant-3' ORDER BY sipHash64(event_id) LIMIT 1",
    );
    const { trace } = rows[0] as { trace: string };
    const foreign = await store.clickHouse.rows<{ n: number }>(
      'SELECT count() AS n FROM audit_events FINAL WHERE tenant_id != {tenant:String} AND trace = {trace:String}',
      { params: { tenant: TENANT, trace } },
    );
    expect(foreign.rows[0]?.n).toBeGreaterThan(0);
    expect((await paged({ trace }, 10)).every((row) => row.tenant === TENANT)).toBe(true);
    for (const filter of [{ user: "' OR 1 --" }, { tool: "refund' OR tenant_id != 'x" }])
      expect(await paged(filter, 10)).toEqual([]);
  });
});

function columnTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}
