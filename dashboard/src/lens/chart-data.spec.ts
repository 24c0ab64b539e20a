import { describe, expect, it } from 'vitest';
import { histogramData, seriesData, stacked, tableBars, type Bucket } from './chart-data.js';

const minute = 60_000;
const T0 = Date.UTC(2026, 0, 1);
const iso = (n: number) => new Date(T0 + n * minute).toISOString();

describe('histogramData', () => {
  it('has every bucket of the range, also empty ones, and the decisions in order', () => {
    const buckets: Bucket[] = [
      { time: iso(1), total: 3, decisions: { deny: 1, allow: 2 } },
      { time: iso(3), total: 1, decisions: { '': 1 } },
    ];
    const data = histogramData(buckets, { from: T0 + 30_000, to: T0 + 4 * minute }, 60, ['allow', 'deny']);
    expect(data.seconds.map((second) => (second * 1000 - T0) / minute)).toEqual([0, 1, 2, 3]);
    expect(data.lines).toEqual([
      { label: 'allow', values: [0, 2, 0, 0] },
      { label: 'deny', values: [0, 1, 0, 0] },
      { label: '', values: [0, 0, 0, 1] },
    ]);
    expect(stacked(data.lines)).toEqual([
      [0, 2, 0, 0],
      [0, 3, 0, 0],
      [0, 3, 0, 1],
    ]);
  });

  it('stays bounded, whatever the range', () => {
    expect(histogramData([], { from: 0, to: Date.now() }, 1, []).seconds.length).toBeLessThanOrEqual(2_500);
    expect(histogramData([], { from: T0, to: T0 }, 60, []).seconds).toHaveLength(1);
  });
});

describe('seriesData', () => {
  const range = { from: T0, to: T0 + 3 * minute };

  it('makes a line for each group and aggregate, 0 only where that is true', () => {
    const columns = [
      { name: 'time', type: 'time' },
      { name: 'tool', type: 'string' },
      { name: 'count()', type: 'number' },
      { name: 'p95(latency_ms)', type: 'number' },
    ];
    const rows = [
      { time: iso(0), tool: 'a', 'count()': 1, 'p95(latency_ms)': 5 },
      { time: iso(2), tool: '', 'count()': 2, 'p95(latency_ms)': null },
    ];
    expect(seriesData(columns, rows, range, 60).lines).toEqual([
      { label: 'a · count()', values: [1, 0, 0] },
      { label: 'a · p95(latency_ms)', values: [5, null, null] },
      { label: '(none) · count()', values: [0, 0, 2] },
      { label: '(none) · p95(latency_ms)', values: [null, null, null] },
    ]);
  });

  it('names lines by their group alone, or by their aggregate alone', () => {
    const time = { name: 'time', type: 'time' };
    const count = { name: 'count()', type: 'number' };
    expect(seriesData([time, count], [{ time: iso(1), 'count()': 2 }], range, 60).lines).toEqual([
      { label: 'count()', values: [0, 2, 0] },
    ]);
    expect(
      seriesData(
        [time, { name: 'tool', type: 'string' }, count],
        [{ time: iso(1), tool: 'x', 'count()': 2 }],
        range,
        60,
      ).lines,
    ).toEqual([{ label: 'x', values: [0, 2, 0] }]);
    expect(
      seriesData(
        [time, count],
        [
          { time: iso(99), 'count()': 2 },
          { time: 'never', 'count()': 2 },
        ],
        range,
        60,
      ).lines,
    ).toEqual([]);
  });
});

describe('tableBars', () => {
  it('draws the first aggregate by group', () => {
    const columns = [
      { name: 'tool', type: 'string' },
      { name: 'revision', type: 'number' },
      { name: 'count()', type: 'number' },
    ];
    expect(
      tableBars(columns, [
        { tool: 'x', revision: 2, 'count()': 5 },
        { tool: '', revision: 1, 'count()': null },
      ]),
    ).toEqual([
      { label: 'x · 2', value: 5 },
      { label: '(none) · 1', value: 0 },
    ]);
    expect(tableBars([{ name: 'count()', type: 'number' }], [{ 'count()': 5 }])).toEqual([]);
  });
});
