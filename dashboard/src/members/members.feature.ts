import { IconUserPlus, IconUsers } from '@tabler/icons-react';
import type { Feature } from '../app/feature.js';

export const membersFeature: Feature = {
  rail: [
    {
      group: 'Settings',
      label: 'Members',
      to: '/members',
      icon: IconUsers,
      order: 30,
      key: 'm',
      scope: 'members:read',
    },
  ],
  commands: [
    {
      id: 'members-invite',
      title: 'Invite a member',
      icon: IconUserPlus,
      scope: 'members:write',
      run: ({ go }) => go('/members?invite=yes'),
    },
  ],
};
