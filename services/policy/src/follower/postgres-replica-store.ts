import type { Database } from '@portcullis/postgres';
import {
  REPLICA_LIVE_MS,
  type ConnectedGateway,
  type ReplicaReport,
  type ReplicaStore,
} from './replica-store.js';

/** `policy.replicas`. Times are the database's: replicas need not agree on a clock. */
export class PostgresReplicaStore implements ReplicaStore {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  async report({ replica, position, gateways }: ReplicaReport): Promise<void> {
    await this.database.query(
      `with gone as (delete from policy.replicas where reported_at < clock_timestamp() - interval '1 hour')
       insert into policy.replicas as reported (replica, position, gateways, reported_at)
       values ($1, $2, $3::jsonb, clock_timestamp())
       on conflict (replica) do update set
         position = excluded.position, gateways = excluded.gateways, reported_at = excluded.reported_at`,
      [replica, position, JSON.stringify(gateways)],
    );
  }

  async live(): Promise<readonly ReplicaReport[]> {
    const rows = await this.database.query<{
      replica: string;
      position: string;
      gateways: ConnectedGateway[];
    }>(
      `select replica, position, gateways from policy.replicas
       where reported_at > clock_timestamp() - make_interval(secs => $1) order by replica`,
      [REPLICA_LIVE_MS / 1_000],
    );
    return rows.map(({ replica, position, gateways }) => ({ replica, position: Number(position), gateways }));
  }

  async remove(replica: string): Promise<void> {
    await this.database.query('delete from policy.replicas where replica = $1', [replica]);
  }
}
