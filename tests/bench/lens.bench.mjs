// Lens over a million rows of one organization (and four others) through the REST API's own store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClickHouse, loadMigrations, migrate } from '@portcullis/clickhouse';
import { freePort, startClickHouseEngine } from '@portcullis/embedded';
import { compile, compileFacets, compileHistogram, parse, parseField } from '@portcullis/lens';
import { generateAuditRows } from '@portcullis/testing';

const DAY = 86_400_000;
const UNTIL = Date.UTC(2026, 5, 1);
const QUERIES = [
  ['newest 50 of 7 days', '', 7],
  ['a filter, 7 days', 'decision:deny tool:delete_*', 7],
  ['histogram by decision, 7 days', '| timeseries count() by decision every 1h', 7],
  ['facet: top 20 tools, 7 days', '| top 20 tool', 7],
  ['facet: top 20 users, 7 days', '| top 20 user', 7],
  ['percentiles by tool, 30 days', '| stats p50(latency_ms), p95(latency_ms), p99(latency_ms) by tool', 30],
  ['percentiles by tool, 90 days', '| stats p50(latency_ms), p95(latency_ms), p99(latency_ms) by tool', 90],
  ['a rare word, 30 days', 'needle', 30],
  ['a substring, 30 days', '*eedl*', 30],
  ['an argument, 30 days', 'args.amount:>990', 30],
];

/** What the Lens page asks beside the rows: eight facets in one answer, and the histogram. */
const BESIDE = [
  [
    'eight facets in one answer, 7 days',
    7,
    (query, scope) =>
      compileFacets(
        query,
        ['decision', 'outcome', 'type', 'connection', 'tool', 'agent', 'user', 'rule'].map(parseField),
        scope,
        { limit: 10 },
      ),
  ],
  [
    'histogram by decision for the page, 7 days',
    7,
    (query, scope) => compileHistogram(query, scope, { buckets: 80 }),
  ],
];

export async function benchLens({ say, quick }) {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-lens-bench-'));
  const engine = await startClickHouseEngine({
    dir: join(dir, 'data'),
    port: await freePort(),
    password: 'bench',
  });
  const store = new ClickHouse({ url: engine.url, application: 'lens-bench' });
  try {
    await migrate(store, {
      migrations: loadMigrations(fileURLToPath(new URL('../../services/audit/migrations', import.meta.url))),
      topology: { kind: 'single' },
    });
    const rows = quick ? 200_000 : 5_000_000;
    const begun = performance.now();
    for (const statement of generateAuditRows({ rows, until: UNTIL }))
      await store.command(statement, { maxExecutionMs: 600_000 });
    say(`${rows} rows of 5 organizations made in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    const results = [];
    const asked = [
      ...QUERIES.map(([name, text, days]) => [
        name,
        days,
        (_, scope) => compile(parse(text).query, scope, { limit: 50 }),
      ]),
      ...BESIDE,
    ];
    for (const [name, days, make] of asked) {
      const compiled = make(parse('').query, { tenantId: 'tenant-0', from: UNTIL - days * DAY, to: UNTIL });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
      const took = [];
      for (let run = 0; run < (quick ? 3 : 11); run += 1) {
        const started = performance.now();
        await store.rows(compiled.compiled.sql, {
          params: compiled.compiled.parameters,
          settings: { do_not_merge_across_partitions_select_final: 1 },
        });
        took.push(performance.now() - started);
      }
      took.sort((a, b) => a - b);
      const row = {
        name,
        p50: Math.round(took[Math.floor(took.length / 2)]),
        p95: Math.round(took[Math.floor(took.length * 0.95)]),
      };
      results.push(row);
      say(`${name}: p50 ${row.p50} ms, p95 ${row.p95} ms`);
    }
    return results;
  } finally {
    await store.close();
    await engine.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
