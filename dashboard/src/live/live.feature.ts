import { IconActivity } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const liveFeature: Feature = {
  rail: [
    { group: '', label: 'Live', to: '/live', icon: IconActivity, order: 10, key: 'v', scope: 'events:read' },
  ],
};
