import { Anchor } from '@mantine/core';
import { IconCompassOff } from '@tabler/icons-react';
import { EmptyState } from '../pieces/states.js';

export function NotFoundPage() {
  return (
    <EmptyState icon={IconCompassOff} title="There is no such page">
      What it named may have been deleted, or belongs to another organization. <Anchor href="/">Go to the start</Anchor>
    </EmptyState>
  );
}
