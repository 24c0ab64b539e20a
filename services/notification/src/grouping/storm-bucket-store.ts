import type { SqlSession } from '@portcullis/postgres';
import { fullBucket, refilled, type StormBucket, type StormLimits } from './storm-guard.js';

interface ChannelName {
  readonly tenantId: string;
  readonly channelId: string;
}

/** `notification.storm_buckets`: holding a channel's row is the right to send to it. */
export const stormBucketStore = {
  /** The bucket as it is now; undefined while another replica holds it. */
  async hold(
    session: SqlSession,
    { tenantId, channelId }: ChannelName,
    limits: StormLimits,
    now: number,
  ): Promise<StormBucket | undefined> {
    const full = fullBucket(limits, now);
    await session.query(
      `insert into notification.storm_buckets (tenant_id, channel_id, tokens, critical_tokens, filled_at)
       values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [tenantId, channelId, full.tokens, full.criticalTokens, new Date(now).toISOString()],
    );
    const [row] = await session.query<{ tokens: number; critical_tokens: number; filled_at: Date }>(
      `select tokens, critical_tokens, filled_at from notification.storm_buckets
       where tenant_id = $1 and channel_id = $2 for update skip locked`,
      [tenantId, channelId],
    );
    if (!row) return undefined;
    const bucket = {
      tokens: row.tokens,
      criticalTokens: row.critical_tokens,
      filledAt: row.filled_at.getTime(),
    };
    return refilled(bucket, limits, now);
  },

  async save(session: SqlSession, { tenantId, channelId }: ChannelName, bucket: StormBucket): Promise<void> {
    await session.query(
      `update notification.storm_buckets set tokens = $3, critical_tokens = $4, filled_at = $5
       where tenant_id = $1 and channel_id = $2`,
      [tenantId, channelId, bucket.tokens, bucket.criticalTokens, new Date(bucket.filledAt).toISOString()],
    );
  },

  /** A bucket nobody took from for a week is full anyway. */
  async expire(session: SqlSession, before: number): Promise<void> {
    await session.query(
      `delete from notification.storm_buckets where (tenant_id, channel_id) in (
         select tenant_id, channel_id from notification.storm_buckets where filled_at < $1 limit 1000
         for update skip locked)`,
      [new Date(before).toISOString()],
    );
  },
};
