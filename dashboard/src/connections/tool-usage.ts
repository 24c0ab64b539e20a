import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';

export interface ToolUsage {
  readonly calls: number;
  readonly agents: readonly string[];
  readonly users: number;
}

type Row = Readonly<Record<string, unknown>>;

/** Who called which tool of a connection in the last week, by the tool's name. */
export const toolUsageQuery = (slug: string) =>
  queryOptions({
    queryKey: ['connections', slug, 'tool-usage'],
    queryFn: async ({ signal }) => {
      const body = {
        q: `type:tool_call connection:="${slug}" | stats count(), uniq(user) by tool, agent | limit 1000`,
        from: 'now-7d',
      };
      return usageOf((await dataOf(api.POST('/api/v1/lens/query', { body, signal }))).rows);
    },
  });

export function usageOf(rows: readonly Row[]): Map<string, ToolUsage> {
  const usage = new Map<string, ToolUsage>();
  for (const row of rows) {
    const tool = String(row['tool'] ?? '');
    const before = usage.get(tool) ?? { calls: 0, agents: [], users: 0 };
    const agent = String(row['agent'] ?? '');
    usage.set(tool, {
      calls: before.calls + Number(row['count()'] ?? 0),
      agents: agent === '' ? before.agents : [...before.agents, agent],
      // Users of several agents may be the same: the largest is what is known for sure.
      users: Math.max(before.users, Number(row['uniq(user)'] ?? 0)),
    });
  }
  return usage;
}
