import { describe, expect, it } from 'vitest';
import { axisTicks, waterfall, type Span } from './waterfall.js';

const T0 = Date.UTC(2026, 0, 1);
const span = (id: string, at: number, took: number, values: Partial<Span> = {}): Span => ({
  id,
  time: new Date(T0 + at).toISOString(),
  type: 'tool_call',
  method: 'tools/call',
  tool: id,
  resource: '',
  prompt: '',
  connection: 'github',
  decision: 'allow',
  outcome: 'ok',
  rule: '',
  agent: '',
  user: '',
  latency_ms: took,
  upstream_ms: 0,
  policy_ms: 0,
  ...values,
});

describe('waterfall', () => {
  it('puts calls on one axis, in order, and shows where nothing ran', () => {
    const { lines, totalMs, busyMs, connections } = waterfall([
      span('c', 500, 100, { connection: 'db' }),
      span('a', 0, 50),
      span('b', 20, 80),
    ]);
    expect(lines.map(({ span: { id }, startMs, tookMs, gapMs }) => [id, startMs, tookMs, gapMs])).toEqual([
      ['a', 0, 50, 0],
      ['b', 20, 80, 0],
      ['c', 500, 100, 400],
    ]);
    expect({ totalMs, busyMs, connections }).toEqual({
      totalMs: 600,
      busyMs: 200,
      connections: ['github', 'db'],
    });
  });

  it('does not count a gap twice under a long call, nor show a tiny one', () => {
    const { lines } = waterfall([
      span('long', 0, 1000),
      span('short', 100, 10),
      span('next', 1001, 10),
      span('last', 2000, 10),
    ]);
    expect(lines.map(({ gapMs }) => gapMs)).toEqual([0, 0, 0, 989]);
  });

  it('begins when the call arrived, before its decision', () => {
    expect(waterfall([span('a', 10, 5, { policy_ms: 4 })]).startedAt).toBe(T0 + 6);
  });

  it('takes nothing, and times that are none', () => {
    expect(waterfall([]).lines).toEqual([]);
    expect(waterfall([span('a', 0, -5), { ...span('b', 0, 1), time: 'never' }]).lines).toMatchObject([
      { tookMs: 0 },
    ]);
  });

  it('lays out ten thousand calls at once', () => {
    expect(waterfall(Array.from({ length: 10_000 }, (_, n) => span(`s${n}`, n, 3))).lines).toHaveLength(
      10_000,
    );
  });
});

describe('axisTicks', () => {
  it.each([
    [0, [0]],
    [600, [0, 100, 200, 300, 400, 500, 600]],
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])('%d ms', (total, expected) => {
    expect(axisTicks(total).map((tick) => Math.round(tick * 1000) / 1000)).toEqual(expected);
  });
});
