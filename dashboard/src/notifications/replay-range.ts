import type { Channel, Delivery } from './notification-queries.js';

/** How far back, in hours. Deliveries are kept for 30 days. */
export const REPLAY_SPANS = [
  { value: '1', label: 'The last hour' },
  { value: '24', label: 'The last day' },
  { value: '168', label: 'The last week' },
  { value: '720', label: 'The last 30 days' },
];

/** What a replay answered, summed over its requests. */
export interface Replayed {
  readonly replayed: number;
  readonly remaining: number;
  readonly unreachable: number;
}

export interface DeadLetters {
  /** How many a replay sends. */
  readonly total: number;
  /** How many it cannot send, as their channel is off, stopped or deleted. */
  readonly unreachable: number;
  readonly channels: readonly { readonly name: string; readonly count: number }[];
}

/** How many there are, and whose; samples are made anew and not replayed. */
export function deadOf(
  rows: readonly Delivery[],
  channels: readonly Channel[],
  channelId: string | null,
): DeadLetters {
  const reachable = new Set(
    channels.filter(({ enabled, health }) => enabled && health.state !== 'stopped').map(({ id }) => id),
  );
  const counts = new Map<string, number>();
  let unreachable = 0;
  for (const row of rows) {
    if (row.kind === 'test' || (channelId !== null && row.channelId !== channelId)) continue;
    if (reachable.has(row.channelId)) counts.set(row.channel, (counts.get(row.channel) ?? 0) + 1);
    else unreachable += 1;
  }
  const named = [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
  return { total: named.reduce((sum, { count }) => sum + count, 0), unreachable, channels: named };
}

/** What came of it, one sentence a line; nothing is said to have arrived that is only on its way. */
export function replayText({ replayed, remaining, unreachable }: Replayed): string[] {
  return [
    replayed === 0
      ? 'Nothing was sent again.'
      : replayed === 1
        ? '1 dead letter is on its way again. The list shows whether it arrives.'
        : `${letters(replayed)} are on their way again. The list shows whether they arrive.`,
    ...(unreachable > 0 ? [unreachableText(unreachable)] : []),
    ...(remaining > 0 ? [`${letters(remaining)} still wait: replay once more.`] : []),
  ];
}

export function unreachableText(count: number): string {
  return `${letters(count)} cannot be sent: the channel is off, stopped or deleted.`;
}

const letters = (count: number) => `${count.toLocaleString('en')} dead ${count === 1 ? 'letter' : 'letters'}`;
