import { IconActivity, IconCircleCheck, IconHandStop, type Icon } from '@tabler/icons-react';
import { Tag } from '../pieces/tag.js';
import type { Tone } from '../theme/verdict-colours.js';
import type { Session } from './session-queries.js';

const STATUSES: Record<Session['status'], { readonly tone: Tone; readonly icon: Icon }> = {
  active: { tone: 'allow', icon: IconActivity },
  suspended: { tone: 'deny', icon: IconHandStop },
  completed: { tone: 'neutral', icon: IconCircleCheck },
};

export function SessionStatusTag({ status }: { readonly status: Session['status'] }) {
  const { tone, icon } = STATUSES[status];
  return <Tag tone={tone} icon={icon} word={status} />;
}
