import { IconUsers } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function MembersPage() {
  return (
    <Page title="Members">
      <EmptyState icon={IconUsers} title="No members yet" />
    </Page>
  );
}
