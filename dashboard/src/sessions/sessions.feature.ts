import { IconUsersGroup } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const sessionsFeature: Feature = {
  rail: [{ group: 'Govern', label: 'Sessions', to: '/sessions', icon: IconUsersGroup, order: 30, key: 's', scope: 'sessions:read' }],
};
