import { IconPlug } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function ConnectionsPage() {
  return (
    <Page title="Connections">
      <EmptyState icon={IconPlug} title="No connections yet" />
    </Page>
  );
}
