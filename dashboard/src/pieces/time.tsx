import { useNow } from './clock.js';
import { absoluteTime, relativeTime } from './time-text.js';
import { useTimeZone } from './time-zone.js';

/** A moment: relative on sight, absolute on hover, in the zone the person chose. */
export function Time({ at, empty = 'never' }: { at: string | Date | null | undefined; empty?: string }) {
  const now = useNow();
  const zone = useTimeZone();
  if (at === null || at === undefined) return <span>{empty}</span>;
  const moment = typeof at === 'string' ? new Date(at) : at;
  // The page's clock moves in steps: what happened since its last step is not in the future.
  const seen = moment.getTime() > now.getTime() && moment.getTime() - now.getTime() < 10_000 ? moment : now;
  return (
    <time
      dateTime={Number.isNaN(moment.getTime()) ? undefined : moment.toISOString()}
      title={absoluteTime(moment, zone)}
    >
      {relativeTime(moment, seen, zone)}
    </time>
  );
}
