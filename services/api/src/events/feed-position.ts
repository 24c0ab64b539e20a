/**
 * Where a reader of the live feed is: the last offset seen of each partition, as `topic/partition` to offset
 * (-1 before the first). Its text is the SSE id, so that `Last-Event-ID` resumes on any replica.
 */
export type FeedPosition = ReadonlyMap<string, bigint>;

/** A position names few partitions; a longer text is not ours. */
const LONGEST = 4096;

export function formatPosition(position: FeedPosition): string {
  return [...position].map(([partition, offset]) => `${partition}:${offset}`).join(',');
}

export function parsePosition(text: string): FeedPosition | null {
  if (text.length > LONGEST) return null;
  const position = new Map<string, bigint>();
  for (const part of text.split(',')) {
    const match = /^([a-z0-9.]{1,64}\/\d{1,5}):(-1|\d{1,19})$/.exec(part);
    if (match === null) return null;
    position.set(match[1] ?? '', BigInt(match[2] ?? 0));
  }
  return position;
}
