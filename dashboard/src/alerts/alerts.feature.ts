import { IconBell } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const alertsFeature: Feature = {
  rail: [
    { group: '', label: 'Alerts', to: '/alerts', icon: IconBell, order: 30, key: 'a', scope: 'alerts:read' },
  ],
};
