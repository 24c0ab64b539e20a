import { IconShieldCheck } from '@tabler/icons-react';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function PoliciesPage() {
  return (
    <Page title="Policies">
      <EmptyState icon={IconShieldCheck} title="No policies yet" />
    </Page>
  );
}
