import { IconHandStop, IconUsersGroup } from '@tabler/icons-react';
import { dataOf, api } from '../api/client.js';
import type { Command, Feature } from '../app/feature.js';
import { askToStop } from '../kill-switch/kill-switch-request.js';

/** Active sessions the palette looks through; who has more goes by the page. */
const LOOKED_THROUGH = 200;

export const sessionsFeature: Feature = {
  rail: [
    {
      group: 'Govern',
      label: 'Sessions',
      to: '/sessions',
      icon: IconUsersGroup,
      order: 30,
      key: 's',
      scope: 'sessions:read',
    },
  ],
  searches: [
    {
      group: 'Active sessions',
      scope: 'sessions:read',
      search: async (text, { queryClient, may }) => {
        const sessions = await queryClient.ensureQueryData({
          queryKey: ['sessions', 'palette'],
          queryFn: () =>
            dataOf(
              api.GET('/api/v1/sessions', { params: { query: { limit: LOOKED_THROUGH, status: 'active' } } }),
            ),
          staleTime: 5_000,
          revalidateIfStale: true,
        });
        const wanted = text.toLowerCase();
        return sessions
          .filter(({ id, user, connection, key }) =>
            [id, user, connection, key.agent, key.label].some((value) =>
              value?.toLowerCase().includes(wanted),
            ),
          )
          .slice(0, 5)
          .flatMap(({ id, user, connection, key }): Command[] => {
            const who = `${key.agent ?? key.label} on ${connection}`;
            const hint = user ?? undefined;
            return [
              {
                id: `session-${id}`,
                title: `Session of ${who}`,
                ...(hint === undefined ? {} : { hint }),
                icon: IconUsersGroup,
                run: ({ go }) => go(`/sessions?session=${encodeURIComponent(id)}`),
              },
              ...(may('kill-switches:write')
                ? [
                    {
                      id: `suspend-${id}`,
                      title: `Suspend ${who}`,
                      ...(hint === undefined ? {} : { hint }),
                      icon: IconHandStop,
                      run: () => askToStop({ scope: 'session', target: id }),
                    } satisfies Command,
                  ]
                : []),
            ];
          });
      },
    },
  ],
};
