import { IconPlus, IconShieldCheck } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';
import { policiesQuery } from './policy-queries.js';

export const policiesFeature: Feature = {
  rail: [
    {
      group: 'Govern',
      label: 'Policies',
      to: '/policies',
      icon: IconShieldCheck,
      order: 20,
      key: 'p',
      scope: 'policies:read',
    },
  ],
  commands: [
    {
      id: 'policies-create',
      title: 'Create a policy',
      icon: IconPlus,
      scope: 'policies:write',
      run: ({ go }) => go('/policies/new'),
    },
  ],
  searches: [
    {
      group: 'Policies',
      scope: 'policies:read',
      search: async (text, { queryClient }) => {
        const policies = await queryClient.ensureQueryData(policiesQuery);
        return policies
          .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
          .slice(0, 8)
          .map(({ id, name, connection }) => ({
            id: `policy-${id}`,
            title: name,
            hint: connection ?? 'organization',
            icon: IconShieldCheck,
            run: ({ go }) => go(`/policies/${id}`),
          }));
      },
    },
  ],
};
