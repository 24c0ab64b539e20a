import { IconKey } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const apiKeysFeature: Feature = {
  rail: [{ group: 'Settings', label: 'API keys', to: '/api-keys', icon: IconKey, order: 10, key: 'k', scope: 'keys:read' }],
};
