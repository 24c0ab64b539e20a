import { IconActivity } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function LivePage() {
  return (
    <Page title="Live">
      <EmptyState icon={IconActivity} title="No calls yet" />
    </Page>
  );
}
