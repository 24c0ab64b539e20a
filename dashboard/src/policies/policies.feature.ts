import { IconShieldCheck } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const policiesFeature: Feature = {
  rail: [{ group: 'Govern', label: 'Policies', to: '/policies', icon: IconShieldCheck, order: 20, key: 'p', scope: 'policies:read' }],
};
