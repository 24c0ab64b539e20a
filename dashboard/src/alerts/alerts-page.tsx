import { IconBell } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function AlertsPage() {
  return (
    <Page title="Alerts">
      <EmptyState icon={IconBell} title="No alerts" />
    </Page>
  );
}
