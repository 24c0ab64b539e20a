import { IconPlug } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const connectionsFeature: Feature = {
  rail: [{ group: 'Govern', label: 'Connections', to: '/connections', icon: IconPlug, order: 10, key: 'c', scope: 'connections:read' }],
};
