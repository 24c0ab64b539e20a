import { IconKey, IconPlus } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const apiKeysFeature: Feature = {
  rail: [
    {
      group: 'Settings',
      label: 'API keys',
      to: '/api-keys',
      icon: IconKey,
      order: 10,
      key: 'k',
      scope: 'keys:read',
    },
  ],
  commands: [
    {
      id: 'api-keys-create',
      title: 'Create an API key',
      icon: IconPlus,
      scope: 'keys:write',
      run: ({ go }) => go('/api-keys?create=yes'),
    },
  ],
};
