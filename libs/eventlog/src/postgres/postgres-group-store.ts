import type { Pool } from 'pg';
import type { Claim, GroupStore } from '../group/group-store.js';
import type { Notifications } from './notifications.js';

export interface PostgresGroupStoreOptions {
  readonly pool: Pool;
  readonly notifications: Notifications;
  readonly group: string;
  readonly member: string;
  /** Names by id of the topics that this member reads. */
  readonly topics: ReadonlyMap<number, string>;
  readonly from: 'beginning' | 'end';
  readonly leaseMs: number;
}

interface OwnedRow {
  topic_id: number;
  partition: number;
  owner: string | null;
  fence: string;
}

interface ClaimRow {
  topic_id: number;
  partition: number;
  fence: string;
  offset: string;
}

const NOTIFY_GROUP = `SELECT pg_notify('portcullis_log_groups', $1)`;

/** Group membership in the tables `log.members` and `log.group_partitions`. Every statement stands alone. */
export function postgresGroupStore(options: PostgresGroupStoreOptions): GroupStore {
  const { pool, notifications, group, member, topics, from, leaseMs } = options;
  const ids = new Map([...topics].map(([id, name]) => [name, id]));
  let joined = false;
  const notify = () => pool.query(NOTIFY_GROUP, [group]);

  return {
    async beat() {
      const others = await pool.query<{ member: string; topics: number[] }>({
        name: 'log_beat',
        // Rows that another member is at are left for the next beat: waiting in turn could end in a deadlock.
        text: `
          WITH beat AS (
            INSERT INTO log.members (group_name, member, topics, expires_at)
            VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
            ON CONFLICT (group_name, member) DO UPDATE SET expires_at = excluded.expires_at
          ), gone AS (
            DELETE FROM log.members WHERE (group_name, member) IN (
              SELECT group_name, member FROM log.members
              WHERE group_name = $1 AND member <> $2 AND expires_at < clock_timestamp()
              FOR UPDATE SKIP LOCKED)
          )
          SELECT member, topics FROM log.members
          WHERE group_name = $1 AND member <> $2 AND expires_at >= clock_timestamp()`,
        values: [group, member, [...topics.keys()], leaseMs / 1000],
      });
      if (!joined) {
        await pool.query(
          `INSERT INTO log.group_partitions (group_name, topic_id, partition)
           SELECT $1, topic_id, partition FROM log.partitions WHERE topic_id = ANY ($2)
           ORDER BY topic_id, partition ON CONFLICT DO NOTHING`,
          [group, [...topics.keys()]],
        );
        await notify();
        joined = true;
      }
      const partitions = await pool.query<OwnedRow>({
        name: 'log_group_partitions',
        text: `SELECT topic_id, partition, owner, fence FROM log.group_partitions
               WHERE group_name = $1 AND topic_id = ANY ($2)`,
        values: [group, [...topics.keys()]],
      });
      return {
        members: [
          { id: member, topics: [...topics.values()] },
          ...others.rows.map((row) => ({
            id: row.member,
            topics: row.topics.flatMap((id) => topics.get(id) ?? []),
          })),
        ],
        partitions: partitions.rows.map((row) => ({
          topic: topics.get(row.topic_id)!,
          partition: row.partition,
          owner: row.owner,
          fence: BigInt(row.fence),
        })),
      };
    },

    async claim(partitions) {
      const { rows } = await pool.query<ClaimRow>(
        `WITH free AS (
           SELECT g.topic_id, g.partition FROM log.group_partitions g
           WHERE g.group_name = $1
             AND (g.topic_id, g.partition) IN (SELECT * FROM unnest($3::int[], $4::int[]))
             AND (g.owner IS NULL OR g.owner = $2 OR NOT EXISTS (
               SELECT FROM log.members m
               WHERE m.group_name = $1 AND m.member = g.owner AND m.expires_at >= clock_timestamp()))
           ORDER BY g.topic_id, g.partition FOR UPDATE SKIP LOCKED
         )
         UPDATE log.group_partitions g
         SET owner = $2, fence = g.fence + 1,
             committed = CASE WHEN g.committed IS NULL AND $5 = 'end' THEN p.next_offset ELSE g.committed END
         FROM free JOIN log.partitions p USING (topic_id, partition)
         WHERE g.group_name = $1 AND g.topic_id = free.topic_id AND g.partition = free.partition
         RETURNING g.topic_id, g.partition, g.fence, coalesce(g.committed, p.start_offset) AS "offset"`,
        [group, member, partitions.map((p) => ids.get(p.topic)), partitions.map((p) => p.partition), from],
      );
      return rows.map((row): Claim => ({
        topic: topics.get(row.topic_id)!,
        partition: row.partition,
        fence: BigInt(row.fence),
        offset: BigInt(row.offset),
      }));
    },

    async release({ topic, partition, fence }) {
      await pool.query(
        `UPDATE log.group_partitions SET owner = NULL
         WHERE group_name = $1 AND topic_id = $2 AND partition = $3 AND owner = $4 AND fence = $5`,
        [group, ids.get(topic), partition, member, fence.toString()],
      );
      await notify();
    },

    async commit({ topic, partition, fence }, offset) {
      const { rowCount } = await pool.query({
        name: 'log_commit',
        text: `UPDATE log.group_partitions SET committed = $6
               WHERE group_name = $1 AND topic_id = $2 AND partition = $3 AND owner = $4 AND fence = $5`,
        values: [group, ids.get(topic), partition, member, fence.toString(), offset.toString()],
      });
      return rowCount === 1;
    },

    async leave() {
      await pool.query(`UPDATE log.group_partitions SET owner = NULL WHERE group_name = $1 AND owner = $2`, [
        group,
        member,
      ]);
      await pool.query(`DELETE FROM log.members WHERE group_name = $1 AND member = $2`, [group, member]);
      await notify();
    },

    onChange(listener) {
      return notifications.on('portcullis_log_groups', (payload) => {
        if (payload === undefined || payload === group) listener();
      });
    },
  };
}
