import { IconListSearch } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const lensFeature: Feature = {
  rail: [{ group: '', label: 'Lens', to: '/lens', icon: IconListSearch, order: 20, key: 'l', scope: 'audit:read' }],
};
