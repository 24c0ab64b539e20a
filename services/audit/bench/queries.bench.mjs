/**
 * The questions Lens asks of `audit_events`, as plain SQL over one tenant's rows of 30 days, beside a quarter as many of
 * others. With FINAL, as the API reads.
 *
 *   npx tsc -b services/audit libs/testing && node services/audit/bench/queries.bench.mjs [rows]
 */
import { fileURLToPath } from 'node:url';
import { ClickHouse, loadMigrations, migrate } from '@portcullis/clickhouse';
import { generateAuditRows, startClickHouse } from '@portcullis/testing';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const RUNS = 12;
const DAY = 86_400_000;
const UNTIL = Math.floor(Date.now() / DAY) * DAY;

const engine = await startClickHouse({ own: true });
const clickHouse = new ClickHouse({ url: engine.url, application: 'bench' });
try {
  await migrate(clickHouse, {
    migrations: loadMigrations(fileURLToPath(new URL('../migrations/', import.meta.url))),
    topology: { kind: 'single' },
  });
  const started = performance.now();
  for (const sql of generateAuditRows({ rows: ROWS, tenants: ['acme'], seed: 1, until: UNTIL }))
    await clickHouse.command(sql, { maxExecutionMs: 300_000 });
  for (const sql of generateAuditRows({ rows: ROWS / 4, seed: 2, until: UNTIL }))
    await clickHouse.command(sql, { maxExecutionMs: 300_000 });
  print('rows made', `${((performance.now() - started) / 1000).toFixed(1)} s`);
  const size = await one(
    `SELECT round(sum(p.bytes_on_disk) / sum(p.rows), 1) AS bytes, count() AS parts, sum(p.rows) AS rows FROM system.parts AS p WHERE active AND database = currentDatabase() AND table = 'audit_events'`,
  );
  print('on disk', `${size.bytes} bytes a row, ${size.rows} rows, ${size.parts} parts`);
  const indexes = await rowsOf(
    `SELECT name, round(data_compressed_bytes / ${size.rows}, 1) AS bytes FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = 'audit_events' ORDER BY bytes DESC LIMIT 6`,
  );
  print('of that indexes', indexes.map(({ name, bytes }) => `${name} ${bytes}`).join(', '));

  const sample = await one(
    `SELECT trace, session FROM audit_events WHERE tenant_id = 'acme' ORDER BY sipHash64(event_id) LIMIT 1`,
  );
  const since = (days) =>
    `tenant_id = 'acme' AND event_time >= fromUnixTimestamp64Milli(${UNTIL - days * DAY}) AND event_time < fromUnixTimestamp64Milli(${UNTIL})`;
  const columns = 'event_time, event_id, type, tool, decision, outcome, user, connection, latency_ms';
  const order = 'ORDER BY tenant_id DESC, toStartOfMinute(event_time) DESC, event_time DESC, event_id DESC';
  const list = (where, limit = 50, what = columns) =>
    `SELECT ${what} FROM audit_events FINAL WHERE ${where} ${order} LIMIT ${limit}`;
  const middle = `fromUnixTimestamp64Milli(${UNTIL - 3.5 * DAY})`;
  const facets = ['tool', 'decision', 'connection', 'agent', 'user', 'outcome'];

  await measure('newest 50 of 7 days', list(since(7)));
  await measure('the same, all columns', list(since(7), 50, '*'));
  await measure('newest 50 without a time', list("tenant_id = 'acme'"));
  await measure(
    'keyset page amid 7 days',
    list(
      `${since(7)} AND event_time <= ${middle} AND (event_time, event_id) < (${middle}, toUUID('00000000-0000-7000-a000-000000000000'))`,
    ),
  );
  await measure(
    'page by tool, decision and user, 30 days',
    list(`${since(30)} AND tool = 'refund' AND decision = 'deny' AND user = 'user3@example.com'`),
  );
  await measure(
    'hourly histogram by decision, 7 days',
    `SELECT toStartOfHour(event_time) AS h, decision, count() FROM audit_events FINAL WHERE ${since(7)} GROUP BY h, decision ORDER BY h`,
  );
  await measure(
    'six facets, top 20 each, 7 days',
    facets
      .map(
        (name) =>
          `(SELECT '${name}' AS f, toString(${name}) AS v, count() AS c FROM audit_events FINAL WHERE ${since(7)} GROUP BY v ORDER BY c DESC LIMIT 20)`,
      )
      .join(' UNION ALL '),
  );
  await measure(
    'observed values of one field, 7 days',
    `SELECT toString(tool) AS v, count() AS c FROM audit_events FINAL WHERE ${since(7)} AND startsWith(tool, 'c') GROUP BY v ORDER BY c DESC LIMIT 20`,
  );
  await measure(
    'observed users, 30 days',
    `SELECT user AS v, count() AS c FROM audit_events FINAL WHERE ${since(30)} AND startsWith(user, 'user1') GROUP BY v ORDER BY c DESC LIMIT 20`,
  );
  await measure(
    'a rare word in arguments, 30 days',
    list(`${since(30)} AND hasAllTokens(lowerUTF8(args), ['needle'])`),
  );
  await measure(
    'a rare word in arguments or result, 30 days',
    list(
      `${since(30)} AND (hasAllTokens(lowerUTF8(args), ['needle']) OR hasAllTokens(lowerUTF8(result), ['needle']))`,
    ),
  );
  await measure('the same as a substring', list(`${since(30)} AND position(lowerUTF8(args), 'needle') > 0`));
  await measure('one trace, 30 days', list(`${since(30)} AND trace = '${sample.trace}'`, 1000));
  await measure('one session, 30 days', list(`${since(30)} AND session = '${sample.session}'`, 1000));
  await measure('one metadata pair, 30 days', list(`${since(30)} AND metadata['team'] = 'team-3'`));
  await measure(
    'p50, p95, p99 by tool, 30 days',
    `SELECT tool, count(), quantiles(0.5, 0.95, 0.99)(latency_ms) FROM audit_events FINAL WHERE ${since(30)} GROUP BY tool`,
  );
} finally {
  await clickHouse.close();
  await engine.stop();
}

async function rowsOf(sql) {
  return (
    await clickHouse.rows(sql, {
      settings: { do_not_merge_across_partitions_select_final: 1 },
      maxExecutionMs: 60_000,
    })
  ).rows;
}

async function one(sql) {
  return (await rowsOf(sql))[0];
}

async function measure(name, sql) {
  const times = [];
  let count = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const started = performance.now();
    count = (await rowsOf(sql)).length;
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  print(
    name,
    `best ${times[0].toFixed(0)} ms, median ${times[RUNS >> 1].toFixed(0)} ms, worst ${times.at(-1).toFixed(0)} ms, ${count} rows`,
  );
}

function print(name, value) {
  process.stdout.write(`${name.padEnd(46)} ${value}\n`);
}
