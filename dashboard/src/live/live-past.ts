import type { LiveToolCall } from '@portcullis/contracts';
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';
import { isVerdict } from '../pieces/verdict-badge.js';
import { STRIP_MINUTES, type AgentSeen, type LivePast } from './live-window.js';

type Row = Readonly<Record<string, unknown>>;

/** Calls shown from before the page was opened. */
const CALLS_BEFORE = 100;
const FIELDS =
  'id, time, decision, method, tool, resource, prompt, connection, agent, user, key, rule, reason, latency_ms';

/** What was called before the page was opened: whoever comes to look has something to look at. */
export const livePastQuery = (q: string) =>
  queryOptions({
    queryKey: ['live', 'past', q],
    queryFn: async ({ signal }) => {
      const filter = `type:tool_call${q.trim() === '' ? '' : ` (${q})`}`;
      const ask = (text: string, from: string, limit?: number) =>
        dataOf(
          api.POST('/api/v1/lens/query', {
            body: { q: text, from, ...(limit === undefined ? {} : { limit }) },
            signal,
          }),
        );
      const [calls, minutes, agents] = await Promise.all([
        ask(`${filter} | fields ${FIELDS}`, `now-${STRIP_MINUTES}m`, CALLS_BEFORE),
        ask(`${filter} | timeseries count() by decision every 1m`, `now-${STRIP_MINUTES}m`),
        ask(`${filter} | timeseries count() by agent every 1m`, 'now-5m'),
      ]);
      return pastOf(calls.rows, minutes.rows, agents.rows);
    },
    // Of one moment: what comes later comes over the feed.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });

export function pastOf(calls: readonly Row[], minutes: readonly Row[], agents: readonly Row[]): LivePast {
  const byMinute = new Map<number, Record<string, number>>();
  for (const row of minutes) {
    const minute = Math.floor(Date.parse(String(row['time'])) / 60_000);
    const decision = String(row['decision'] ?? '');
    if (!isVerdict(decision) || Number.isNaN(minute)) continue;
    byMinute.set(minute, { ...byMinute.get(minute), [decision]: Number(row['count()'] ?? 0) });
  }
  return {
    calls: calls.flatMap((row) => callOf(row) ?? []),
    minutes: byMinute,
    agents: agentsOf(agents),
  };
}

/** A minute with calls counts as seen until its end. */
function agentsOf(rows: readonly Row[]): AgentSeen[] {
  const agents = new Map<string, AgentSeen>();
  for (const row of rows) {
    const agent = String(row['agent'] || 'unknown');
    const minute = Date.parse(String(row['time']));
    const calls = Number(row['count()'] ?? 0);
    if (calls === 0 || Number.isNaN(minute)) continue;
    const known = agents.get(agent);
    agents.set(agent, {
      agent,
      calls: calls + (known?.calls ?? 0),
      lastAt: Math.max(minute + 60_000, known?.lastAt ?? 0),
    });
  }
  return [...agents.values()];
}

/** A stored call as the feed would have told it, as far as the list shows it. */
function callOf(row: Row): LiveToolCall | null {
  const text = (name: string) => (typeof row[name] === 'string' && row[name] !== '' ? row[name] : null);
  const [id, timestamp, action] = [text('id'), text('time'), text('decision')];
  if (id === null || timestamp === null || action === null || !isVerdict(action)) return null;
  const target = text('tool') ?? text('resource') ?? text('prompt') ?? '';
  return {
    type: 'tool_call',
    id,
    timestamp,
    action,
    target,
    method: text('method') ?? '',
    kind: 'method',
    toolName: text('tool'),
    resource: text('resource'),
    prompt: text('prompt'),
    connection: text('connection'),
    serverId: null,
    agent: text('agent'),
    user: text('user'),
    key: text('key'),
    keyId: null,
    sessionId: null,
    rule: text('rule'),
    policy: null,
    reason: text('reason'),
    outcome: 'ok',
    error: null,
    traceId: '',
    latencyMs: Number(row['latency_ms'] ?? 0),
  };
}
