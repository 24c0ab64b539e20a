import { envelopeSchema, TOPICS } from '@portcullis/contracts';
import { partitionOf, type EventLog } from '@portcullis/eventlog';
import type { PartitionName } from '../snapshots/snapshot.js';
import { readRange } from './read-range.js';

const FINDINGS = TOPICS.anomalyFindings.name;
/** Ids kept at most, the latest: far more than are raised between two snapshots. */
const MAX_IDS = 100_000;

/** Where the next finding will be. */
export async function findingsEnd(log: Pick<EventLog, 'positions'>): Promise<bigint> {
  const [only] = await log.positions(FINDINGS);
  return only?.end ?? 0n;
}

/** Findings that are in the log, though the records they were found in may come again. */
export interface PublishedFindings {
  readonly ids: Set<string>;
  /** When the log took the newest of them: they come from records it took before that. */
  readonly newestAt: number;
  /** Offset in the findings topic up to where was looked. */
  readonly end: bigint;
}

/**
 * The findings of one partition of the call topic that the log holds from `from` on: those appended by a process that
 * died before it could commit, or by an append that failed after all of it was stored, among them.
 */
export async function publishedFindings(
  log: Pick<EventLog, 'tail' | 'positions'>,
  { topic, partition }: PartitionName,
  from: bigint,
  options: { readonly signal: AbortSignal; readonly onError?: (error: unknown) => void },
): Promise<PublishedFindings> {
  const ids = new Set<string>();
  let newestAt = 0;
  const end = await findingsEnd(log);
  const partitions = (await log.positions(topic)).length;
  await readRange(
    log,
    { topic: FINDINGS, partition: 0, from, to: end },
    (records) => {
      for (const record of records) {
        // A finding has the key of the calls it is about.
        if (partitionOf(record.key, partitions) !== partition) continue;
        const id = idOf(record.value);
        if (id === undefined) continue;
        ids.add(id);
        newestAt = Math.max(newestAt, record.timestamp);
        if (ids.size > MAX_IDS) ids.delete(ids.values().next().value as string);
      }
    },
    options,
  );
  return { ids, newestAt, end };
}

function idOf(value: Uint8Array): string | undefined {
  try {
    const event = envelopeSchema
      .pick({ id: true })
      .safeParse(JSON.parse(Buffer.from(value).toString('utf8')));
    return event.data?.id;
  } catch {
    return undefined;
  }
}
