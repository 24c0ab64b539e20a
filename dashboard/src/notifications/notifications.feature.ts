import { IconSend } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const notificationsFeature: Feature = {
  rail: [
    {
      group: 'Settings',
      label: 'Notifications',
      to: '/notifications',
      icon: IconSend,
      order: 20,
      key: 'n',
      scope: 'notifications:read',
    },
  ],
};
