import { describe, expect, it } from 'vitest';
import { heatMapOf } from './heat-map.js';

const NOW = Date.parse('2026-03-02T10:30:00.000Z');
const row = (connection: string, time: string, count: number) => ({ connection, time, 'count()': count });

describe('the heat map', () => {
  it('has the riskiest connection first, hours in order, and says where nothing was called', () => {
    const all = [
      row('quiet', '2026-03-02T10:00:00Z', 5),
      row('risky', '2026-03-02T09:00:00Z', 10),
      row('', '2026-03-02T09:00:00Z', 3),
      row('gone', '2026-02-20T09:00:00Z', 3),
    ];
    const map = heatMapOf(
      all,
      [row('risky', '2026-03-02T09:00:00Z', 4), row('other', '2026-03-02T09:00:00Z', 4)],
      NOW,
    );
    expect(map.map(({ connection }) => connection)).toEqual(['risky', 'quiet']);
    expect(map[0]?.hours.slice(-3)).toEqual([null, { calls: 10, risky: 4 }, null]);
    expect(map[1]?.hours.at(-1)).toEqual({ calls: 5, risky: 0 });
  });
});
