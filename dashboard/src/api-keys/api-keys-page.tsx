import { IconKey } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function ApiKeysPage() {
  return (
    <Page title="API keys">
      <EmptyState icon={IconKey} title="No API keys yet" />
    </Page>
  );
}
