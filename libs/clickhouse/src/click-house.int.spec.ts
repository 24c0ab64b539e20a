import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouse, until, type TestClickHouse } from '@portcullis/testing';
import { ClickHouse, INSERT_LIMITS } from './click-house.js';

const LONG = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';

describe('ClickHouse', () => {
  let engine: TestClickHouse;
  let url: string;
  let clickHouse: ClickHouse;
  beforeAll(async () => {
    engine = await startClickHouse();
    url = await engine.createDatabase();
    clickHouse = new ClickHouse({ url, application: 'test' });
    await clickHouse.command(`CREATE TABLE facts (id UInt64, name String, seen DateTime64(3, 'UTC'), attrs Map(String, String))
      ENGINE = ReplacingMergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`);
  });
  afterAll(async () => {
    await clickHouse.close();
    await engine.stop();
  });
  const stored = async () =>
    (await clickHouse.rows<{ n: number }>('SELECT count() AS n FROM facts')).rows[0]?.n;
  const reset = () => clickHouse.command('TRUNCATE TABLE facts');

  it('answers with rows, columns and what it took', async () => {
    const result = await clickHouse.rows<{ n: number; t: string }>(
      'SELECT number AS n, toString(number) AS t FROM numbers(3)',
    );
    expect(result.rows).toEqual([
      { n: 0, t: '0' },
      { n: 1, t: '1' },
      { n: 2, t: '2' },
    ]);
    expect(result.columns).toEqual([
      { name: 'n', type: 'UInt64' },
      { name: 't', type: 'String' },
    ]);
    expect(result.statistics.readRows).toBe(3);
    expect(result.statistics.elapsedMs).toBeGreaterThan(0);
  });

  it.each(["'; DROP TABLE facts --", 'a\tb\nc\\d', "it's {id:UInt64}", '😀 Zürich', '\u0000\u001f', ''])(
    'binds %j as a value',
    async (value) => {
      const { rows } = await clickHouse.rows('SELECT {value:String} AS value, {list:Array(String)} AS list', {
        params: { value, list: [value, 'x'] },
      });
      expect(rows).toEqual([{ value, list: [value, 'x'] }]);
    },
  );

  it('stores rows whatever their text', async () => {
    await reset();
    const attrs = { 'a=b': 'c', '😀': '\u0000', half: '\ud800' };
    await clickHouse.insertRows('facts', [
      { id: '18446744073709551615', name: 'x\n"y"\\', seen: '2026-01-02 03:04:05.678', attrs },
    ]);
    const { rows } = await clickHouse.rows('SELECT toString(id) AS id, name, seen, attrs FROM facts');
    expect(rows).toEqual([
      {
        id: '18446744073709551615',
        name: 'x\n"y"\\',
        seen: '2026-01-02 03:04:05.678',
        attrs: { ...attrs, half: '\ufffd' },
      },
    ]);
  });

  it('stores rows by columns as it stores them by name, defaults for what they lack', async () => {
    await reset();
    const rows = [
      { attrs: { half: '\ud800', '😀': '\u0000' }, id: '18446744073709551615', extra: 'left out' },
      { id: '2', name: 'x\n"y"\\', seen: '2026-01-02 03:04:05.678' },
    ];
    await clickHouse.insertRows('facts', rows, { columns: ['id', 'name', 'seen', 'attrs'] });
    const found = await clickHouse.rows(
      'SELECT toString(id) AS id, name, seen, attrs FROM facts ORDER BY id',
    );
    expect(found.rows).toEqual([
      {
        id: '18446744073709551615',
        name: '',
        seen: expect.stringMatching(/^1970-01-01/) as string,
        attrs: { half: '\ufffd', '😀': '\u0000' },
      },
      { id: '2', name: 'x\n"y"\\', seen: '2026-01-02 03:04:05.678', attrs: {} },
    ]);
    await expect(clickHouse.insertRows('facts', rows, { columns: ['id`) SELECT 1 --'] })).rejects.toThrow(
      TypeError,
    );
  });

  it('stores a repeated insert with one token once, and with another token again', async () => {
    await reset();
    const insert = (deduplicationToken: string) =>
      clickHouse.insertRows('facts', [{ id: '1' }], { deduplicationToken });
    await insert('t/0/1-1');
    await insert('t/0/1-1');
    expect(await stored()).toBe(1);
    await insert('t/0/0-1');
    const { rows } = await clickHouse.rows('SELECT count() AS n FROM facts WHERE NOT ignore(_part)');
    expect(rows).toEqual([{ n: 2 }]);
  });

  it('compresses inserts on the way when told to', async () => {
    await reset();
    const compressing = new ClickHouse({ url, application: 'test', compressInserts: true });
    const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: 'x'.repeat(100) }));
    await compressing.insertRows('facts', rows);
    await compressing.close();
    expect(await stored()).toBe(1000);

    let received = 0;
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.length));
      request.on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await until(() => server.listening);
    const port = (server.address() as AddressInfo).port;
    const counting = new ClickHouse({
      url: `http://127.0.0.1:${port}/default`,
      application: 'test',
      compressInserts: true,
    });
    await counting.insertRows('facts', rows);
    await counting.close();
    server.close();
    expect(received).toBeGreaterThan(100);
    expect(received).toBeLessThan(20_000);
  });

  it('stores nothing of an insert with one bad row, and calls it a data error', async () => {
    await reset();
    const rows = [{ id: 1 }, { id: 2, seen: 'not a time' }, { id: 3 }];
    await expect(clickHouse.insertRows('facts', rows)).rejects.toMatchObject({ kind: 'data' });
    expect(await stored()).toBe(0);
  });

  it('does not blame the rows for a column the table lacks', async () => {
    await expect(clickHouse.insertRows('facts', [{ id: 1, colour: 'red' }])).rejects.toMatchObject({
      kind: 'unknown',
    });
  });

  it('refuses an insert over its limits before sending it', async () => {
    const rows = Array.from({ length: INSERT_LIMITS.rows + 1 }, (_, id) => ({ id }));
    await expect(clickHouse.insertRows('facts', rows)).rejects.toMatchObject({
      code: 'clickhouse.too_large',
    });
    await expect(clickHouse.insertRows('facts; DROP TABLE facts', [{}])).rejects.toThrow(TypeError);
  });

  it('calls bad SQL neither transient nor data', async () => {
    await expect(clickHouse.rows('SELEC 1')).rejects.toMatchObject({
      kind: 'unknown',
      code: 'clickhouse.query',
      serverCode: 62,
    });
    await expect(clickHouse.rows('SELECT * FROM nowhere')).rejects.toMatchObject({
      kind: 'unknown',
      code: 'clickhouse.query',
    });
  });

  it('ends a query at its time limit', async () => {
    await expect(clickHouse.rows(LONG, { maxExecutionMs: 1000 })).rejects.toMatchObject({
      code: 'clickhouse.timeout',
    });
  });

  it('ends a query that is cancelled by its id', async () => {
    const queryId = randomUUID();
    const running = clickHouse.rows(LONG, { queryId, maxExecutionMs: 60_000 });
    const ended = expect(running).rejects.toMatchObject({ code: 'clickhouse.cancelled' });
    let over = false;
    void running.catch(() => (over = true));
    await until(
      async () => {
        await clickHouse.cancel(queryId);
        return over;
      },
      { timeoutMs: 30_000, describe: 'the cancelled query to end' },
    );
    await ended;
  });

  it('takes cancelling a query that is not there for done', async () => {
    await clickHouse.cancel(randomUUID());
  });

  it('ends a query whose caller goes away', async () => {
    const abort = new AbortController();
    const running = expect(
      clickHouse.rows(LONG, { signal: abort.signal, maxExecutionMs: 60_000 }),
    ).rejects.toMatchObject({ code: 'clickhouse.cancelled' });
    abort.abort();
    await running;
  });

  it('streams rows as NDJSON and CSV', async () => {
    const sql = 'SELECT number AS n, \'a "b"\nc\' AS t FROM numbers({n:UInt32})';
    const json = await clickHouse.stream(sql, 'JSONEachRow', { params: { n: 2 } });
    expect(await text(json.body)).toBe('{"n":0,"t":"a \\"b\\"\\nc"}\n{"n":1,"t":"a \\"b\\"\\nc"}\n');
    const csv = await clickHouse.stream(sql, 'CSVWithNames', { params: { n: 1 } });
    expect(await text(csv.body)).toBe('"n","t"\n0,"a ""b""\nc"\n');
  });

  it('streams far more than it holds, and ends the query when the reader leaves', async () => {
    const { body } = await clickHouse.stream(
      'SELECT number, randomPrintableASCII(100) AS t FROM numbers(100000000)',
      'JSONEachRow',
    );
    let bytes = 0;
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > 5_000_000) break;
    }
    expect(body.destroyed).toBe(true);
  });

  it('rejects a stream that fails before its first row, and breaks one that fails later', async () => {
    await expect(clickHouse.stream('SELECT * FROM nowhere', 'JSONEachRow')).rejects.toMatchObject({
      code: 'clickhouse.query',
    });
    const failing = clickHouse.stream(
      'SELECT number, throwIf(number = 3000000) FROM numbers(10000000)',
      'JSONEachRow',
      { settings: { max_threads: 1 } },
    );
    await expect(failing.then(({ body }) => text(body))).rejects.toMatchObject({ name: 'ClickHouseError' });
  });

  it('refuses writes when it is read-only', async () => {
    const reader = new ClickHouse({ url, application: 'test', readOnly: true });
    await expect(reader.command('TRUNCATE TABLE facts')).rejects.toMatchObject({ code: 'clickhouse.access' });
    expect((await reader.rows('SELECT 1 AS one', { maxExecutionMs: 5000 })).rows).toEqual([{ one: 1 }]);
    await reader.close();
  });
});

describe('ClickHouse when the server is away', () => {
  let server: Server | undefined;
  afterAll(() => server?.closeAllConnections());

  it('calls a refused connection transient', async () => {
    const away = new ClickHouse({ url: 'http://127.0.0.1:9/default', application: 'test' });
    await expect(away.ping()).rejects.toMatchObject({ kind: 'transient', code: 'clickhouse.connection' });
    await away.close();
  });

  it('gives up on a server that takes the request and never answers', async () => {
    server = createServer(() => undefined).listen(0, '127.0.0.1');
    await until(() => server?.listening);
    const hung = new ClickHouse({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/default`,
      application: 'test',
    });
    await expect(hung.rows('SELECT 1', { maxExecutionMs: 100 })).rejects.toMatchObject({
      kind: 'transient',
      code: 'clickhouse.timeout',
    });
    await hung.close();
  });
});
