import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';

/** Minutes that a card's bars show. */
export const MINUTES = 30;

export interface ConnectionTraffic {
  /** Calls of each of the last minutes, oldest first. */
  readonly perMinute: readonly number[];
  /** Average of the last five minutes and the one that is running. */
  readonly rate: number;
  readonly lastError: { readonly time: string; readonly error: string; readonly tool: string } | null;
}

type Row = Readonly<Record<string, unknown>>;

/** What went through each connection lately, by its slug: one look for all cards. */
export const trafficQuery = queryOptions({
  queryKey: ['connections', 'traffic'],
  refetchInterval: 15_000,
  queryFn: async ({ signal }) => {
    const [series, errors] = await Promise.all([
      dataOf(
        api.POST('/api/v1/lens/query', {
          body: { q: 'type:tool_call | timeseries count() by connection every 1m', from: `now-${MINUTES}m` },
          signal,
        }),
      ),
      dataOf(
        api.POST('/api/v1/lens/query', {
          body: { q: 'outcome:(error OR unknown)', from: 'now-1d', limit: 200 },
          signal,
        }),
      ),
    ]);
    return trafficOf(series.rows, errors.rows, new Date());
  },
});

export function trafficOf(
  series: readonly Row[],
  errors: readonly Row[],
  now: Date,
): Map<string, ConnectionTraffic> {
  const minute = Math.floor(now.getTime() / 60_000);
  const counts = new Map<string, number[]>();
  for (const row of series) {
    const place = MINUTES - 1 - (minute - Math.floor(Date.parse(String(row['time'])) / 60_000));
    const slug = String(row['connection'] ?? '');
    const bars = counts.get(slug) ?? Array.from({ length: MINUTES }, () => 0);
    counts.set(slug, bars);
    if (place >= 0 && place < MINUTES) bars[place] = Number(row['count()'] ?? 0);
  }
  const lastErrors = new Map<string, ConnectionTraffic['lastError']>();
  for (const row of errors) {
    const slug = String(row['connection'] ?? '');
    // Newest first: the first of a connection is its last.
    if (!lastErrors.has(slug))
      lastErrors.set(slug, {
        time: String(row['time']),
        error: String(row['error'] ?? ''),
        tool: String(row['tool'] ?? ''),
      });
  }
  const slugs = new Set([...counts.keys(), ...lastErrors.keys()]);
  return new Map(
    [...slugs].map((slug) => {
      const perMinute = counts.get(slug) ?? Array.from({ length: MINUTES }, () => 0);
      // The running minute counts for as much of it as has passed.
      const rate =
        perMinute.slice(-6).reduce((sum, count) => sum + count, 0) / (5 + (now.getTime() % 60_000) / 60_000);
      return [slug, { perMinute, rate, lastError: lastErrors.get(slug) ?? null }];
    }),
  );
}

export interface ConnectionHealth {
  readonly tone: 'allow' | 'deny' | 'alert' | 'neutral';
  readonly word: string;
  readonly means: string;
}

/** How a connection is, from what is known without asking its upstream. */
export function healthOf(
  enabled: boolean,
  traffic: ConnectionTraffic | undefined,
  now: Date,
): ConnectionHealth {
  if (!enabled)
    return {
      tone: 'neutral',
      word: 'disabled',
      means: 'Agents are answered that there is no such connection.',
    };
  const calls = traffic?.perMinute.reduce((sum, count) => sum + count, 0) ?? 0;
  const since = traffic?.lastError ? now.getTime() - Date.parse(traffic.lastError.time) : Infinity;
  if (since < 5 * 60_000)
    return { tone: 'deny', word: 'failing', means: 'A call failed in the last five minutes.' };
  if (calls > 0)
    return { tone: 'allow', word: 'healthy', means: 'Calls went through and none failed lately.' };
  return { tone: 'neutral', word: 'quiet', means: `No calls in the last ${MINUTES} minutes.` };
}
