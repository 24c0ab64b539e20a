import { ClickHouseError as ServerError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import {
  ClickHouseError,
  clickHouseErrorOf,
  type ClickHouseErrorCode,
  type FailureKind,
} from './click-house-error.js';

const server = (code: number, message = 'details with a value in them') =>
  new ServerError({ code: String(code), message, type: 'X' });
const node = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('clickHouseErrorOf', () => {
  it.each<[string, unknown, FailureKind, ClickHouseErrorCode]>([
    ['a refused connection', node('ECONNREFUSED'), 'transient', 'clickhouse.connection'],
    ['a missing socket', node('ENOENT'), 'transient', 'clickhouse.connection'],
    ['a hung up socket', new Error('socket hang up'), 'transient', 'clickhouse.connection'],
    ['the driver giving up', new Error('Timeout error.'), 'transient', 'clickhouse.timeout'],
    ['too long', server(159), 'transient', 'clickhouse.timeout'],
    ['too much memory', server(241), 'transient', 'clickhouse.memory'],
    [
      'too many parts',
      server(252, 'Too many parts (3001). Merges are processing slower'),
      'transient',
      'clickhouse.too_many_parts',
    ],
    ['too many queries', server(202), 'transient', 'clickhouse.busy'],
    ['a read-only table', server(242), 'transient', 'clickhouse.busy'],
    ['a full disk', server(243), 'transient', 'clickhouse.disk'],
    ['a lost keeper', server(999), 'transient', 'clickhouse.connection'],
    [
      'an insert over too many partitions',
      server(252, 'Too many partitions for single INSERT block (more than 100)'),
      'data',
      'clickhouse.data',
    ],
    ['a value that does not parse', server(27), 'data', 'clickhouse.data'],
    ['a bad UUID', server(376), 'data', 'clickhouse.data'],
    ['incorrect data', server(117), 'data', 'clickhouse.data'],
    [
      'a column the table lacks',
      server(117, 'Unknown field found while parsing JSONEachRow format: colour'),
      'unknown',
      'clickhouse.query',
    ],
    ['a wrong password', server(516), 'unknown', 'clickhouse.access'],
    ['a table that is not there', server(60), 'unknown', 'clickhouse.query'],
    ['a syntax error', server(62), 'unknown', 'clickhouse.query'],
    ['a number nobody knows', server(99_999), 'unknown', 'clickhouse.unknown'],
    ['something else', 'text', 'unknown', 'clickhouse.unknown'],
  ])('takes %s for what it is', (_title, error, kind, code) => {
    expect(clickHouseErrorOf(error)).toMatchObject({ kind, code });
  });

  it('says nothing of what the server said, and keeps it as the cause', () => {
    const cause = server(27);
    const error = clickHouseErrorOf(cause);
    expect(error.message).toBe('clickhouse.data: The rows do not fit the table.');
    expect(error.cause).toBe(cause);
    expect(error.serverCode).toBe(27);
  });

  it('tells a time limit from a cancellation by the signal', () => {
    const timedOut = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(clickHouseErrorOf(new Error('The user aborted a request.'), timedOut).code).toBe(
      'clickhouse.timeout',
    );
    expect(clickHouseErrorOf(new Error('The user aborted a request.'), AbortSignal.abort()).code).toBe(
      'clickhouse.cancelled',
    );
  });

  it('lets its own kind through', () => {
    const error = new ClickHouseError({ kind: 'data', code: 'clickhouse.too_large' });
    expect(clickHouseErrorOf(error)).toBe(error);
  });
});
