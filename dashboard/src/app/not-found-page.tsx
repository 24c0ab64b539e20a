import { IconCompassOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Page } from '../pieces/page.js';
import { EmptyState } from '../pieces/states.js';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState icon={IconCompassOff} title="There is no such page">
        What it named may have been deleted, or belongs to another organization.{' '}
        <Link to="/">Go to the start</Link>
      </EmptyState>
    </Page>
  );
}
