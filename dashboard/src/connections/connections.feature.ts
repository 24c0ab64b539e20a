import { IconPlug, IconPlus } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';
import { connectionsQuery } from './connection-queries.js';

export const connectionsFeature: Feature = {
  rail: [
    {
      group: 'Govern',
      label: 'Connections',
      to: '/connections',
      icon: IconPlug,
      order: 10,
      key: 'c',
      scope: 'connections:read',
    },
  ],
  commands: [
    {
      id: 'connections-create',
      title: 'Create a connection',
      icon: IconPlus,
      scope: 'connections:write',
      run: ({ go }) => go('/connections?create=yes'),
    },
  ],
  searches: [
    {
      group: 'Connections',
      scope: 'connections:read',
      search: async (text, { queryClient }) => {
        const connections = await queryClient.ensureQueryData(connectionsQuery);
        const wanted = text.toLowerCase();
        return connections
          .filter(({ slug, name }) => slug.includes(wanted) || name.toLowerCase().includes(wanted))
          .slice(0, 8)
          .map(({ slug, name }) => ({
            id: `connection-${slug}`,
            title: name,
            hint: slug,
            icon: IconPlug,
            run: ({ go }) => go(`/connections/${slug}`),
          }));
      },
    },
  ],
};
