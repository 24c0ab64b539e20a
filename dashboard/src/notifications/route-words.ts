import type { DefaultRoute, Route } from './notification-queries.js';

/** `30 s`, `5 min`, `4 h`. */
export function spanText(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** A route's matchers as a sentence. */
export function matcherText({ severity, kinds, connections }: Route['matchers']): string {
  const parts = [
    severity === undefined ? '' : severity === 'critical' ? 'critical' : `${severity} and above`,
    kinds === undefined ? '' : kinds.map((kind) => kind.replaceAll('_', ' ')).join(' or '),
    connections === undefined ? '' : `on ${connections.join(' or ')}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'every alert' : parts.join(', ');
}

/** What its timers do, for people who never read Alertmanager’s manual. */
export function timerText({
  groupWait,
  groupInterval,
  repeatInterval,
  groupBy,
  sendResolved,
}: DefaultRoute): string {
  const together =
    groupBy.length === 0
      ? 'All alerts are told together'
      : `Alerts with the same ${groupBy.join(', ')} are told together`;
  const first = groupWait === 0 ? 'at once' : `after ${spanText(groupWait)} (critical ones at once)`;
  return `${together}: first ${first}, news at most every ${spanText(groupInterval)}, what still fires again every ${spanText(repeatInterval)}. The end is ${sendResolved ? 'told, too' : 'not told'}.`;
}
