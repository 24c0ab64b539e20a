import { IconListSearch } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const lensFeature: Feature = {
  rail: [
    { group: '', label: 'Lens', to: '/lens', icon: IconListSearch, order: 20, scope: 'audit:read', key: 'l' },
  ],
  commands: [
    {
      id: 'lens-denied',
      title: 'Show denied calls of the last day',
      hint: 'Lens',
      icon: IconListSearch,
      scope: 'audit:read',
      run: ({ go }) => go('/lens?q=decision:deny&from=now-24h&to=now'),
    },
    {
      id: 'lens-anomalies',
      title: 'Show anomalies of the last week',
      hint: 'Lens',
      icon: IconListSearch,
      scope: 'audit:read',
      run: ({ go }) => go('/lens?q=type:anomaly&from=now-7d&to=now'),
    },
  ],
  searches: [
    {
      group: 'Lens',
      scope: 'audit:read',
      last: true,
      search: (text, { go }) =>
        text.trim().length < 2
          ? []
          : [
              {
                id: 'lens-search',
                title: `Search calls for ${text.trim().slice(0, 80)}`,
                icon: IconListSearch,
                run: () => go(`/lens?q=${encodeURIComponent(text.trim())}`),
              },
            ],
    },
  ],
};
