import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';

export interface FirstCall {
  readonly time: string;
  readonly tool: string;
  readonly connection: string;
  readonly decision: string;
  readonly agent: string;
  readonly user: string;
}

/** The newest calls there are, as the first steps wait for them. */
export const firstCallsQuery = queryOptions({
  queryKey: ['first-calls'],
  queryFn: async ({ signal }) => {
    const { rows } = await dataOf(
      api.POST('/api/v1/lens/query', {
        body: {
          q: 'type:tool_call | fields time, tool, connection, decision, agent, user',
          from: 'now-30d',
          limit: 5,
        },
        signal,
      }),
    );
    return rows.map((row): FirstCall => {
      const text = (name: string) => String(row[name] ?? '');
      return {
        time: text('time'),
        tool: text('tool'),
        connection: text('connection'),
        decision: text('decision'),
        agent: text('agent'),
        user: text('user'),
      };
    });
  },
});

export type StepState = 'done' | 'now' | 'later';

/** Which of the three steps are done, which one is next. */
export function stepStates(
  done: readonly [connected: boolean, pasted: boolean, called: boolean],
): [StepState, StepState, StepState] {
  // Whoever made a call has done all that comes before, however they did it.
  const reached = [done[0] || done[2], done[1] || done[2], done[2]];
  const next = reached.indexOf(false);
  const stateOf = (index: number): StepState => (reached[index] ? 'done' : index === next ? 'now' : 'later');
  return [stateOf(0), stateOf(1), stateOf(2)];
}
