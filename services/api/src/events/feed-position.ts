import { TOPICS } from '@portcullis/contracts';

/**
 * Where a reader of the live feed is: the last offset seen of each partition, as `topic/partition` to offset
 * (-1 before the first). Its text is the id of an event, so that a client resumes on any replica.
 */
export type FeedPosition = ReadonlyMap<string, bigint>;

/** Every event carries the whole position: a topic is one letter there. Never reused for another topic. */
const LETTERS = {
  c: TOPICS.calls.name,
  p: TOPICS.policyChanges.name,
  a: TOPICS.anomalyFindings.name,
  n: TOPICS.notificationDeliveries.name,
} as const;
const LETTER_OF = new Map<string, string>(Object.entries(LETTERS).map(([letter, topic]) => [topic, letter]));

/** A position names few partitions; a longer text is not ours. */
const LONGEST = 4096;

/** `c0.17-c1.9-p0.4`: letter of the topic, partition, offset. */
export function formatPosition(position: FeedPosition): string {
  const parts: string[] = [];
  for (const [name, offset] of position) {
    const slash = name.lastIndexOf('/');
    parts.push(`${LETTER_OF.get(name.slice(0, slash))}${name.slice(slash + 1)}.${offset < 0n ? '' : offset}`);
  }
  return parts.join('-');
}

export function parsePosition(text: string): FeedPosition | null {
  if (text.length > LONGEST) return null;
  const position = new Map<string, bigint>();
  for (const part of text.split('-')) {
    const match = /^([a-z])(0|[1-9]\d{0,3})\.(\d{0,18})$/.exec(part);
    const topic = match ? LETTERS[match[1] as keyof typeof LETTERS] : undefined;
    if (!match || topic === undefined) return null;
    position.set(`${topic}/${match[2]}`, match[3] === '' ? -1n : BigInt(match[3] ?? ''));
  }
  return position;
}
