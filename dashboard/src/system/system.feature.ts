import { IconServer } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const systemFeature: Feature = {
  rail: [
    {
      group: 'Settings',
      label: 'System',
      to: '/system',
      icon: IconServer,
      order: 40,
      key: 'y',
      scope: 'system:read',
    },
  ],
};
