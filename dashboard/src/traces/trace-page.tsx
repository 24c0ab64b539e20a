import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function TracePage() {
  return (
    <Page title="Trace">
      <EmptyState title="Nothing to show yet" />
    </Page>
  );
}
