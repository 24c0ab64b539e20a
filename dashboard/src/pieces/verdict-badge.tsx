import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconEyeOff,
  IconHandStop,
  IconQuestionMark,
  type Icon,
} from '@tabler/icons-react';
import { VERDICTS, type Verdict } from '../theme/verdict-colours.js';
import { Tag } from './tag.js';

const SHAPES: Record<Verdict, Icon> = {
  allow: IconCheck,
  deny: IconBan,
  alert: IconAlertTriangle,
  hold: IconHandStop,
  redact: IconEyeOff,
};

export function isVerdict(word: string): word is Verdict {
  return (VERDICTS as readonly string[]).includes(word);
}

/** What was decided on a call: colour, word and shape. A word nobody knows is shown, not hidden. */
export function VerdictBadge({ verdict }: { verdict: string }) {
  return isVerdict(verdict) ? (
    <Tag tone={verdict} icon={SHAPES[verdict]} word={verdict} />
  ) : (
    <Tag tone="neutral" icon={IconQuestionMark} word={verdict || 'none'} />
  );
}
