import { IconUserCircle } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const accountFeature: Feature = {
  commands: [
    {
      id: 'account',
      title: 'Go to your account',
      hint: 'password, sign-ins, time zone',
      icon: IconUserCircle,
      run: ({ go }) => go('/account'),
    },
  ],
};
