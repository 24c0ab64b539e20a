import { IconServer } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function SystemPage() {
  return (
    <Page title="System">
      <EmptyState icon={IconServer} title="Nothing is known yet" />
    </Page>
  );
}
