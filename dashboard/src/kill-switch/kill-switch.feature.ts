import { IconHandStop } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';
import { askToStop } from './kill-switch-request.js';

export const killSwitchFeature: Feature = {
  commands: [
    {
      id: 'stop',
      title: 'Stop calls (kill switch)',
      hint: '!',
      icon: IconHandStop,
      scope: 'kill-switches:write',
      run: () => askToStop(),
    },
    {
      id: 'stop-session',
      title: 'Suspend a session',
      icon: IconHandStop,
      scope: 'kill-switches:write',
      run: () => askToStop({ scope: 'session', target: null }),
    },
  ],
};
