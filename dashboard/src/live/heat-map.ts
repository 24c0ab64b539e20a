import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';

export interface HeatRow {
  readonly connection: string;
  /** Share of denied and alerting calls in each of the last 24 hours, oldest first; null where nothing was called. */
  readonly hours: readonly ({ readonly calls: number; readonly risky: number } | null)[];
}

type Row = Readonly<Record<string, unknown>>;
export const HEAT_HOURS = 24;
const HOUR_MS = 3_600_000;

export const heatMapQuery = queryOptions({
  queryKey: ['live', 'heat-map'],
  refetchInterval: 60_000,
  queryFn: async ({ signal }) => {
    const ask = (filter: string) =>
      dataOf(
        api.POST('/api/v1/lens/query', {
          body: {
            q: `type:tool_call${filter} | timeseries count() by connection every 1h`,
            from: `now-${HEAT_HOURS}h`,
          },
          signal,
        }),
      );
    const [all, risky] = await Promise.all([ask(''), ask(' decision:(deny OR alert)')]);
    return heatMapOf(all.rows, risky.rows, Date.now());
  },
});

/** Connections with most risk first, at most twelve. */
export function heatMapOf(all: readonly Row[], risky: readonly Row[], now: number): HeatRow[] {
  const hour = Math.floor(now / HOUR_MS);
  const place = (row: Row) => HEAT_HOURS - 1 - (hour - Math.floor(Date.parse(String(row['time'])) / HOUR_MS));
  const rows = new Map<string, ({ calls: number; risky: number } | null)[]>();
  for (const row of all) {
    const connection = String(row['connection'] ?? '');
    const hours = rows.get(connection) ?? Array.from({ length: HEAT_HOURS }, () => null);
    rows.set(connection, hours);
    const count = Number(row['count()'] ?? 0);
    if (count > 0 && place(row) >= 0 && place(row) < HEAT_HOURS)
      hours[place(row)] = { calls: count, risky: 0 };
  }
  for (const row of risky) {
    const cell = rows.get(String(row['connection'] ?? ''))?.[place(row)];
    if (cell) cell.risky = Number(row['count()'] ?? 0);
  }
  const total = (hours: HeatRow['hours']) => hours.reduce((sum, cell) => sum + (cell?.risky ?? 0), 0);
  return [...rows]
    .filter(([connection, hours]) => connection !== '' && hours.some((cell) => cell !== null))
    .map(([connection, hours]) => ({ connection, hours }))
    .sort((a, b) => total(b.hours) - total(a.hours) || (a.connection < b.connection ? -1 : 1))
    .slice(0, 12);
}
