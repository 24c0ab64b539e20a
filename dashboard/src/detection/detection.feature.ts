import { IconRadar } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const detectionFeature: Feature = {
  rail: [
    {
      group: 'Settings',
      label: 'Detection',
      to: '/detection',
      icon: IconRadar,
      order: 15,
      key: 'd',
      scope: 'alerts:read',
    },
  ],
};
