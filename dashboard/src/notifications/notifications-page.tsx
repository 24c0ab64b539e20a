import { IconSend } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function NotificationsPage() {
  return (
    <Page title="Notifications">
      <EmptyState icon={IconSend} title="No channels yet" />
    </Page>
  );
}
