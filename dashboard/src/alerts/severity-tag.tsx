import {
  IconBellOff,
  IconBellRinging,
  IconChevronDown,
  IconChevronsUp,
  IconChevronUp,
  IconCircleCheck,
  IconFlame,
  IconInfoCircle,
  IconUserCheck,
  type Icon,
} from '@tabler/icons-react';
import { Tag } from '../pieces/tag.js';
import type { Tone } from '../theme/verdict-colours.js';
import type { AlertRow } from './alert-queries.js';

const SEVERITIES: Record<AlertRow['severity'], { readonly tone: Tone; readonly icon: Icon }> = {
  info: { tone: 'neutral', icon: IconInfoCircle },
  low: { tone: 'info', icon: IconChevronDown },
  medium: { tone: 'alert', icon: IconChevronUp },
  high: { tone: 'deny', icon: IconChevronsUp },
  critical: { tone: 'deny', icon: IconFlame },
};

const STATES: Record<AlertRow['state'], { readonly tone: Tone; readonly icon: Icon }> = {
  open: { tone: 'deny', icon: IconBellRinging },
  reopened: { tone: 'deny', icon: IconBellRinging },
  acknowledged: { tone: 'alert', icon: IconUserCheck },
  resolved: { tone: 'allow', icon: IconCircleCheck },
};

export function SeverityTag({ severity }: { readonly severity: AlertRow['severity'] }) {
  const { tone, icon } = SEVERITIES[severity];
  return <Tag tone={tone} icon={icon} word={severity} />;
}

export function AlertStateTag({ alert }: { readonly alert: Pick<AlertRow, 'state' | 'mutedUntil'> }) {
  const { tone, icon } = STATES[alert.state];
  const muted = alert.mutedUntil !== null && alert.state !== 'resolved';
  return muted ? (
    <Tag tone="neutral" icon={IconBellOff} word={`${alert.state}, muted`} />
  ) : (
    <Tag tone={tone} icon={icon} word={alert.state} />
  );
}
