import type { SqlSession } from '@portcullis/postgres';
import type { Reading } from './reading.js';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/**
 * What was taken in, by offset and by what the events say of themselves: the log delivers at least once, and a producer
 * may have appended twice. Written with what the records changed.
 */
export const takenMarks = {
  /** Next offset to take. Until the end of the transaction nobody else takes in this partition. */
  async hold(session: SqlSession, { topic, partition }: Place): Promise<bigint> {
    await session.query(
      'insert into notification.taken (topic, partition, next_offset) values ($1, $2, 0) on conflict do nothing',
      [topic, partition],
    );
    const [row] = await session.query<{ next_offset: string }>(
      'select next_offset from notification.taken where topic = $1 and partition = $2 for update',
      [topic, partition],
    );
    return BigInt(row?.next_offset ?? 0);
  },

  async advance(session: SqlSession, { topic, partition }: Place, next: bigint): Promise<void> {
    await session.query(
      `update notification.taken set next_offset = $3, taken_at = clock_timestamp()
       where topic = $1 and partition = $2`,
      [topic, partition, next.toString()],
    );
  },

  /** The log was made anew: its offsets begin again, and those written down are of another one. */
  async restart(session: SqlSession, { topic, partition }: Place, end: bigint): Promise<void> {
    await session.query(
      'delete from notification.taken where topic = $1 and partition = $2 and next_offset > $3',
      [topic, partition, end.toString()],
    );
  },

  /** Those nobody has taken in before; marks them. In their order. */
  async fresh(session: SqlSession, readings: readonly Reading[]): Promise<Reading[]> {
    const isNewId = await markIds(session, readings);
    const isNewCall = await markCalls(session, readings);
    return readings.filter((reading) =>
      'eventId' in reading.identity ? isNewId(reading.identity.eventId) : isNewCall(reading),
    );
  },

  /** Forgets what was seen longer ago than the log keeps it, a bounded number at a time. */
  async expire(session: SqlSession): Promise<void> {
    await session.query(
      `delete from notification.seen_events where event_id in (
         select event_id from notification.seen_events where seen_at < now() - interval '40 days' limit 5000)`,
    );
    await session.query(
      `delete from notification.seen_calls where (partition, gateway_id, gateway_epoch) in (
         select partition, gateway_id, gateway_epoch from notification.seen_calls
         where seen_at < now() - interval '40 days' limit 1000)`,
    );
  },
};

async function markIds(
  session: SqlSession,
  readings: readonly Reading[],
): Promise<(eventId: string) => boolean> {
  const ids = readings.flatMap(({ identity }) => ('eventId' in identity ? [identity.eventId] : []));
  if (ids.length === 0) return () => false;
  const rows = await session.query<{ event_id: string }>(
    `insert into notification.seen_events (event_id) select distinct id from unnest($1::text[]) as seen (id) order by id
     on conflict do nothing returning event_id`,
    [ids],
  );
  const fresh = new Set(rows.map((row) => row.event_id));
  // Within the batch, too.
  return (eventId) => fresh.delete(eventId);
}

async function markCalls(
  session: SqlSession,
  readings: readonly Reading[],
): Promise<(reading: Reading) => boolean> {
  const processes = new Map<string, { partition: number; id: string; epoch: string; highest: number }>();
  for (const { identity } of readings) {
    if (!('gateway' in identity)) continue;
    const { partition, gateway } = identity;
    const { id, epoch, seq } = gateway;
    const highest = Math.max(processes.get(nameOf(identity))?.highest ?? -1, seq);
    processes.set(nameOf(identity), { partition, id, epoch, highest });
  }
  if (processes.size === 0) return () => false;
  const sources = [...processes.values()];
  const rows = await session.query<{
    partition: number;
    gateway_id: string;
    gateway_epoch: string;
    seq: string;
  }>(
    `with source as (
       select * from unnest($1::integer[], $2::text[], $3::text[], $4::bigint[]) as source (partition, id, epoch, seq)
     ), before as (
       select seen.partition, gateway_id, gateway_epoch, seen.seq from notification.seen_calls seen
       join source on seen.partition = source.partition and gateway_id = id and gateway_epoch = epoch
     ), marked as (
       insert into notification.seen_calls (partition, gateway_id, gateway_epoch, seq)
       select partition, id, epoch, seq from source
       on conflict (partition, gateway_id, gateway_epoch) do update
         set seq = greatest(seen_calls.seq, excluded.seq), seen_at = clock_timestamp()
     )
     select * from before`,
    [
      sources.map(({ partition }) => partition),
      sources.map(({ id }) => id),
      sources.map(({ epoch }) => epoch),
      sources.map(({ highest }) => highest),
    ],
  );
  const seen = new Map(
    rows.map((row) => [JSON.stringify([row.partition, row.gateway_id, row.gateway_epoch]), Number(row.seq)]),
  );
  return ({ identity }) => {
    if (!('gateway' in identity)) return false;
    if (identity.gateway.seq <= (seen.get(nameOf(identity)) ?? -1)) return false;
    seen.set(nameOf(identity), identity.gateway.seq);
    return true;
  };
}

function nameOf({ partition, gateway }: Extract<Reading['identity'], { gateway: unknown }>): string {
  return JSON.stringify([partition, gateway.id, gateway.epoch]);
}
