import { IconListSearch } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function LensPage() {
  return (
    <Page title="Lens">
      <EmptyState icon={IconListSearch} title="Nothing to show yet" />
    </Page>
  );
}
