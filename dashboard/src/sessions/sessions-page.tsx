import { IconUsersGroup } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function SessionsPage() {
  return (
    <Page title="Sessions">
      <EmptyState icon={IconUsersGroup} title="No sessions yet" />
    </Page>
  );
}
