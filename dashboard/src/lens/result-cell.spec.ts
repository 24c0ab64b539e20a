import { describe, expect, it } from 'vitest';
import { readConditions } from './read-conditions.js';
import { bytesText, cellText, shownColumn } from './result-cell.js';

describe('cellText', () => {
  it.each([
    ['tool', { tool: 'a\u202eb' }, 'a\\u{202e}b'],
    ['tool', { tool: '<img src=x onerror=alert(1)>' }, '<img src=x onerror=alert(1)>'],
    ['latency_ms', { latency_ms: 12.4 }, '12 ms'],
    ['latency_ms', { latency_ms: 0 }, ''],
    ['bytes_in', { bytes_in: 1234 }, '1.2 kB'],
    ['what', { type: 'anomaly', 'attrs.title': 'Spike\n' }, 'Spike\\n'],
    ['args', { args: { a: 1 } }, '{"a":1}'],
    ['rule', { rule: null }, ''],
    ['nothing', {}, ''],
  ])('%s of %j', (name, row, expected) => {
    expect(cellText(row, shownColumn(name))).toBe(expected);
  });

  it('shows figures as figures', () => {
    expect(cellText({ 'count()': 12345 }, shownColumn('count()', 'number'))).toBe('12,345');
    expect(cellText({ 'p95(latency_ms)': 1500 }, shownColumn('p95(latency_ms)', 'number', 'ms'))).toBe(
      '1.5 s',
    );
  });
});

describe('bytesText', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [123_456, '123 kB'],
    [5e12, '5000 GB'],
  ])('%d', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

describe('readConditions', () => {
  it('takes what looks like conditions, and nothing else', () => {
    expect(
      readConditions([
        { attribute: 'arguments.amount', operator: 'gt', expected: 500, actual: 912 },
        { attribute: 1 },
        null,
        'x',
        { attribute: 'user', operator: 'exists', expected: false },
      ]),
    ).toEqual([
      { attribute: 'arguments.amount', operator: 'gt', expected: '500', actual: '912' },
      { attribute: 'user', operator: 'exists', expected: 'false', actual: 'absent' },
    ]);
    for (const value of [null, undefined, '', 'cut [', {}]) expect(readConditions(value)).toEqual([]);
  });
});
