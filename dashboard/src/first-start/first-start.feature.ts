import { IconRocket } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const firstStartFeature: Feature = {
  commands: [
    {
      id: 'first-start',
      title: 'Go to first steps',
      hint: 'connect, paste, call',
      icon: IconRocket,
      run: ({ go }) => go('/welcome'),
    },
  ],
};
