import {
  CONSUMER_GROUPS,
  deadLetterTopic,
  TOPICS,
  type ConsumerGroup,
  type SystemConsumer,
  type SystemView,
} from '@portcullis/contracts';
import type { EventLog, PartitionPosition } from '@portcullis/eventlog';

/** What the log knows by itself: it answers for a service that does not. */
export type FiguredLog = Pick<EventLog, 'positions' | 'committed'>;

const NO_LOG = 'The event log cannot be reached.';

export interface LogFigures {
  readonly reachable: boolean;
  readonly consumers: readonly SystemConsumer[];
  readonly deadLetters: SystemView['deadLetters'];
}

/** Lag of every group and topic, and the dead letters that are still held. */
export async function logFigures(log: FiguredLog): Promise<LogFigures> {
  const positions = new Map<string, Promise<PartitionPosition[] | null>>();
  // One question for each topic, however many groups read it.
  const positionsOf = (topic: string) => {
    const asked = positions.get(topic) ?? log.positions(topic).catch(() => null);
    positions.set(topic, asked);
    return asked;
  };
  const consumers = await Promise.all(
    Object.values(CONSUMER_GROUPS).flatMap((group: ConsumerGroup) =>
      group.topics.map(async (topic) => {
        const committed = log.committed(group.name, topic).catch(() => null);
        return consumer(group, topic, await positionsOf(topic), await committed);
      }),
    ),
  );
  const deadLetters = await Promise.all(
    Object.values(TOPICS).map(async ({ name }) => {
      const held = await positionsOf(deadLetterTopic(name));
      const records = held?.reduce((sum, { start, end }) => sum + Number(end - start), 0) ?? null;
      return { topic: name, records, reason: records === null ? NO_LOG : null };
    }),
  );
  const answers = await Promise.all(positions.values());
  return { reachable: answers.every((answer) => answer !== null), consumers, deadLetters };
}

function consumer(
  { service, name: group }: ConsumerGroup,
  topic: string,
  positions: readonly PartitionPosition[] | null,
  committed: ReadonlyMap<number, bigint> | null,
): SystemConsumer {
  if (positions === null || committed === null) {
    return { service, group, topic, lag: null, partitions: [], reason: NO_LOG };
  }
  const partitions = positions.map(({ partition, start, end }) => {
    const position = committed.get(partition);
    // What the log has let go of is no lag any more, though it was never read.
    const from = position === undefined || position < start ? start : position;
    return {
      partition,
      position: position === undefined ? null : Number(position),
      end: Number(end),
      lag: Math.max(0, Number(end - from)),
    };
  });
  const lag = partitions.reduce((sum, each) => sum + each.lag, 0);
  return { service, group, topic, lag, partitions, reason: null };
}
