import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import {
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseSettings,
} from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { exitOf } from '../process/exit-of.js';
import { freePort } from '../process/free-port.js';
import { startClickHouseEngine, type EmbeddedClickHouse } from './start-clickhouse.js';

const PASSWORD = `p:@/%${randomBytes(6).toString('hex')}`;
const SLOW = 'SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) % 7 = 0';

let dir: string;
let port: number;
let engine: EmbeddedClickHouse;
let client: ClickHouseClient;

const start = () =>
  startClickHouseEngine({ dir: join(dir, 'data'), logFile: join(dir, 'log'), port, password: PASSWORD });
const connect = (url = engine.url) => createClient({ url, log: { level: ClickHouseLogLevel.OFF } });
const rows = async <T>(query: string, query_params: Record<string, unknown> = {}): Promise<T[]> =>
  (await client.query({ query, query_params, format: 'JSONEachRow' })).json<T>();
const post = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    ...init,
    headers: { 'X-ClickHouse-User': 'portcullis', 'X-ClickHouse-Key': PASSWORD, ...init.headers },
  });
/** Ids of statements the engine is working on, save for the one that asks. */
const running = async () => {
  const found = await rows<{ id: string }>(
    "SELECT Settings['log_comment'] AS id FROM system.processes WHERE query NOT LIKE '%system.processes%'",
  );
  return found.map(({ id }) => id);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-engine-'));
  port = await freePort();
  engine = await start();
  client = connect();
});
afterAll(async () => {
  await client.close();
  await engine.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('the ClickHouse engine, through @clickhouse/client', () => {
  it('answers a ping', async () => {
    expect(await client.ping()).toEqual({ success: true });
  });

  it('stores and finds values that need care, through every kind of parameter', async () => {
    await client.command({
      query: `CREATE TABLE careful (id UInt64, s String, tags Array(String), m Map(String, String), at DateTime64(3, 'UTC'), n Nullable(String))
              ENGINE = MergeTree ORDER BY id`,
    });
    const row = {
      id: '18446744073709551615',
      s: 'tab\tline\nquote\'"`back\\slash \\t \\N 日本 😀 \u0001',
      tags: ["a'b", 'c\td', 'é', ''],
      m: { 'k\'"': 'v\n' },
      at: '2026-06-01 12:34:56.789',
      n: null,
    };
    await client.insert({ table: 'careful', values: [row], format: 'JSONEachRow' });
    const found = await rows(
      `SELECT * FROM careful WHERE id = {id: UInt64} AND s = {s: String} AND tags = {tags: Array(String)}
       AND m = {m: Map(String, String)} AND at = {at: DateTime64(3, 'UTC')} AND {n: Nullable(String)} IS NULL
       SETTINGS output_format_json_quote_64bit_integers = 1`,
      { ...row, id: 18446744073709551615n },
    );
    expect(found).toEqual([row]);
  });

  it('never takes a parameter for SQL', async () => {
    const hostile = "' OR 1=1 --\\' ; DROP TABLE careful";
    expect(await rows('SELECT {x: String} AS x', { x: hostile })).toEqual([{ x: hostile }]);
    await expect(rows('SELECT {x: UInt64} AS x', { x: '1 OR 1=1' })).rejects.toMatchObject({ code: '457' });
    await expect(rows('SELECT {missing: UInt64}')).rejects.toMatchObject({ code: '456' });
  });

  it('keeps parameters and settings of statements that run at once apart', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        rows<{ x: number; t: string }>("SELECT {x: UInt32} AS x, getSetting('max_execution_time') AS t", {
          x: i,
        }),
      ),
    );
    expect(answers.map(([row]) => row?.x)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    const [set] = await (
      await client.query({
        query: "SELECT getSetting('max_execution_time') AS t",
        format: 'JSONEachRow',
        clickhouse_settings: { max_execution_time: 7 },
      })
    ).json<{ t: number }>();
    expect(set?.t).toBe(7);
    expect(await rows("SELECT getSetting('max_execution_time') AS t")).toEqual([{ t: 300 }]);
  });

  it('tells errors as a server does', async () => {
    await expect(rows('SELEC 1')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' });
    await expect(rows('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    await expect(rows('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '62' });
    await expect(rows("SELECT throwIf(number = 3, 'no') FROM numbers(5)")).rejects.toMatchObject({
      code: '395',
    });
    await expect(
      client.insert({ table: 'careful', values: [{ id: 'x' }], format: 'JSONEachRow' }),
    ).rejects.toMatchObject({ code: '27' });
    await expect(
      client.query({ query: 'SELECT 1', clickhouse_settings: { no_such_setting: 1 } as ClickHouseSettings }),
    ).rejects.toMatchObject({ code: '115' });
  });

  it('breaks an answer off when a query fails after its first rows', async () => {
    const result = await client.query({
      query: 'SELECT number, throwIf(number = 2000000) FROM numbers(3000000)',
      format: 'JSONEachRow',
      clickhouse_settings: { max_block_size: '65536' },
    });
    await expect(result.text()).rejects.toThrow();
  });

  it('ends a query that takes longer than it may', async () => {
    await expect(
      client.query({ query: SLOW, clickhouse_settings: { max_execution_time: 0.3 } }),
    ).rejects.toMatchObject({ code: '159' });
  });

  it('inserts a block once for each deduplication token', async () => {
    await client.command({
      query: `CREATE TABLE once (id UInt32) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`,
    });
    const insert = (id: number, token: string) =>
      client.insert({
        table: 'once',
        values: [{ id }],
        format: 'JSONEachRow',
        clickhouse_settings: { insert_deduplication_token: token, async_insert: 0 },
      });
    await insert(1, 'a');
    await insert(1, 'a');
    await insert(1, 'b');
    expect(await rows('SELECT count() AS n FROM once')).toEqual([{ n: 2 }]);
  });

  it('streams more rows than it would hold', async () => {
    const result = await client.query({
      query: 'SELECT number FROM numbers(2000000)',
      format: 'JSONEachRow',
    });
    let count = 0;
    for await (const part of result.stream()) count += part.length;
    expect(count).toBe(2_000_000);
  });

  it.each(['JSON', 'JSONCompact', 'JSONEachRow'] as const)(
    'says in %s how many rows were read',
    async (format) => {
      const result = await client.query({
        query: 'SELECT count() AS n FROM numbers(1000)',
        format,
        clickhouse_settings: { wait_end_of_query: 1 },
      });
      expect(JSON.parse(String(result.response_headers['x-clickhouse-summary']))).toMatchObject({
        read_rows: '1000',
      });
      const text = await result.text();
      expect(format === 'JSONEachRow' ? text : JSON.parse(text)).toEqual(
        format === 'JSONEachRow' ? '{"n":1000}\n' : expect.objectContaining({ rows: 1 }),
      );
    },
  );

  it('reads compressed bodies', async () => {
    const zipping = createClient({ url: engine.url, compression: { request: true, response: true } });
    await zipping.insert({ table: 'once', values: [{ id: 77 }], format: 'JSONEachRow' });
    expect(
      await (await zipping.query({ query: 'SELECT id FROM once WHERE id = 77', format: 'CSV' })).text(),
    ).toBe('77\n');
    await zipping.close();
  });

  it.each([
    ["SHOW DATABASES LIKE 'default'", 'default\n'],
    ['EXISTS TABLE once', '1\n'],
    ['(SELECT 1) UNION ALL (SELECT 1)', '1\n1\n'],
    ['SELECT 1 UNION ALL SELECT 1', '1\n1\n'],
    ['WITH 1 AS one SELECT one', '1\n'],
    ['SELECT 1 SETTINGS max_threads = 1', '1\n'],
    ['EXPLAIN AST SELECT 1', expect.stringContaining('SelectQuery')],
    ['SELECT 1 WHERE 0', ''],
  ])('answers %j', async (query, expected) => {
    const result = await client.query({ query, format: 'TabSeparated' });
    expect(await result.text()).toEqual(expected);
  });

  it('keeps databases apart', async () => {
    await client.command({ query: 'CREATE DATABASE other' });
    const other = connect(engine.url.replace(/default$/, 'other'));
    await other.command({ query: 'CREATE TABLE only_here (x UInt8) ENGINE = MergeTree ORDER BY x' });
    expect(await (await other.query({ query: 'SHOW TABLES', format: 'CSV' })).text()).toBe('"only_here"\n');
    await expect(rows('SELECT * FROM only_here')).rejects.toMatchObject({ code: '60' });
    await other.close();
    const nowhere = connect(engine.url.replace(/default$/, 'nowhere'));
    await expect(nowhere.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '81' });
    await nowhere.close();
  });

  it('ends a query whose caller has gone', async () => {
    const abort = new AbortController();
    const answer = client.query({ query: SLOW, query_id: 'abandoned', abort_signal: abort.signal });
    answer.catch(() => undefined);
    await vi.waitUntil(async () => (await running()).includes('abandoned'), 10_000);
    abort.abort();
    await expect(answer).rejects.toThrow();
    await vi.waitUntil(async () => !(await running()).includes('abandoned'), 10_000);
  });

  it('kills a query by the id its caller gave it', async () => {
    const answer = client.query({ query: SLOW, query_id: "it's me" });
    answer.catch(() => undefined);
    await vi.waitUntil(async () => (await running()).includes("it's me"), 10_000);
    await expect(client.query({ query: 'SELECT 1', query_id: "it's me" })).rejects.toMatchObject({
      code: '216',
    });
    await client.command({
      query: 'KILL QUERY WHERE query_id = {id: String}',
      query_params: { id: "it's me" },
    });
    await expect(answer).rejects.toMatchObject({ code: '394' });
  });

  it('goes on reading and writing while a long query runs', async () => {
    const slow = client.query({ query: SLOW, query_id: 'long' });
    slow.catch(() => undefined);
    await vi.waitUntil(async () => (await running()).includes('long'), 10_000);
    await client.insert({ table: 'once', values: [{ id: 5 }], format: 'JSONEachRow' });
    expect(await rows('SELECT count() AS n FROM once WHERE id = 5')).toEqual([{ n: 1 }]);
    expect(await running()).toContain('long');
    await client.command({ query: "KILL QUERY WHERE query_id = 'long'" });
    await expect(slow).rejects.toMatchObject({ code: '394' });
  });
});

describe('the ClickHouse engine, over plain HTTP', () => {
  it('refuses a caller without the password, telling nothing', async () => {
    const wrong: Record<string, string>[] = [
      { 'X-ClickHouse-Key': 'wrong' },
      { 'X-ClickHouse-User': 'default' },
    ];
    for (const headers of wrong) {
      const response = await post('/', { body: 'SELECT 1', headers });
      expect(response.status).toBe(403);
      expect(response.headers.get('X-ClickHouse-Exception-Code')).toBe('516');
      expect(await response.text()).not.toContain(PASSWORD);
    }
  });

  it('takes basic authentication, a query in the URL and a default format', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/?query=SELECT+1+AS+x&default_format=JSONEachRow`, {
      headers: { authorization: `Basic ${Buffer.from(`portcullis:${PASSWORD}`).toString('base64')}` },
    });
    expect(response.headers.get('X-ClickHouse-Query-Id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('content-type')).toContain('ndjson');
    expect(await response.text()).toBe('{"x":1}\n');
  });

  it('lets GET read only', async () => {
    const response = await post('/?query=DROP+TABLE+once', { method: 'GET' });
    expect(response.headers.get('X-ClickHouse-Exception-Code')).toBe('164');
  });

  it('takes parameters as a multipart form, for lists too long for a URL', async () => {
    const form = new FormData();
    form.set('query', 'SELECT length({xs: Array(String)}) AS n FORMAT CSV');
    form.set('param_xs', `[${Array.from({ length: 5_000 }, (_, i) => `'user-${i}@example.com'`).join(',')}]`);
    expect(await (await post('/', { body: form })).text()).toBe('5000\n');
  });

  it.each([
    ['an empty query', '/', ''],
    ['a body that is not gzip', '/', 'plain', { 'content-encoding': 'gzip' }],
    ['an unknown encoding', '/', 'SELECT 1', { 'content-encoding': 'zstd' }],
    ['a session', '/?session_id=a', 'SELECT 1'],
    ['a parameter with a strange name', '/?x%27%20y=1', 'SELECT 1'],
    ['binary rows', '/?query=INSERT+INTO+once+FORMAT+RowBinary', Buffer.from([255, 254, 0, 1])],
  ] as [string, string, string | Buffer, Record<string, string>?][])(
    'refuses %s in ClickHouse words',
    async (_name, path, body, headers = {}) => {
      const response = await post(path, {
        body: typeof body === 'string' ? body : new Uint8Array(body),
        headers,
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('X-ClickHouse-Exception-Code')).toMatch(/^\d+$/);
      expect(await response.text()).toMatch(/^Code: \d+\. DB::Exception: .+ \([A-Z_]+\) \(version /);
    },
  );

  it('refuses a small body that unpacks to a huge one', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
    const response = await post('/', { body: new Uint8Array(bomb), headers: { 'content-encoding': 'gzip' } });
    expect(response.headers.get('X-ClickHouse-Exception-Code')).toBe('307');
  });

  it('listens on loopback alone', async () => {
    const outward = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter((address) => !address.internal && address.family === 'IPv4');
    for (const { address } of outward) {
      await expect(
        fetch(`http://${address}:${port}/ping`, { signal: AbortSignal.timeout(2_000) }),
      ).rejects.toThrow();
    }
    await expect(fetch(`http://[::1]:${port}/ping`)).rejects.toThrow();
  });
});

describe('the ClickHouse engine, killed', () => {
  it('has every row that was acknowledged when it starts again on the same data', async () => {
    await client.command({ query: 'CREATE TABLE kept (id UInt32) ENGINE = MergeTree ORDER BY id' });
    for (let id = 0; id < 20; id += 1) {
      await client.insert({ table: 'kept', values: [{ id }], format: 'JSONEachRow' });
    }
    engine.child.kill('SIGKILL');
    await exitOf(engine.child);
    engine = await start();
    expect(await rows('SELECT count() AS n, uniqExact(id) AS u FROM kept')).toEqual([{ n: 20, u: 20 }]);
  });

  it('refuses a second process on its data', async () => {
    const second = startClickHouseEngine({
      dir: join(dir, 'data'),
      logFile: join(dir, 'second.log'),
      port: await freePort(),
      password: 'x',
    });
    await expect(second).rejects.toThrow('The ClickHouse engine did not start');
    expect(await client.ping()).toEqual({ success: true });
  });
});
