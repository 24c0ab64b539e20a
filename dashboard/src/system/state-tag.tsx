import {
  IconAlertTriangle,
  IconCheck,
  IconClock,
  IconQuestionMark,
  IconX,
  type Icon,
} from '@tabler/icons-react';
import { Tag } from '../pieces/tag.js';
import type { Tone } from '../theme/verdict-colours.js';

const STATES: Readonly<Record<string, { readonly tone: Tone; readonly icon: Icon }>> = {
  ok: { tone: 'allow', icon: IconCheck },
  serving: { tone: 'allow', icon: IconCheck },
  behind: { tone: 'alert', icon: IconClock },
  degraded: { tone: 'alert', icon: IconAlertTriangle },
  starting: { tone: 'alert', icon: IconClock },
  stopping: { tone: 'alert', icon: IconClock },
  down: { tone: 'deny', icon: IconX },
  unreachable: { tone: 'deny', icon: IconX },
};

export function StateTag({ state }: { readonly state: string }) {
  const { tone, icon } = STATES[state] ?? { tone: 'neutral' as const, icon: IconQuestionMark };
  return <Tag tone={tone} icon={icon} word={state} />;
}
