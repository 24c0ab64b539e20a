import { identifier, type SqlSession } from '@portcullis/postgres';
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec.js';
import type { LoadedSnapshot, PartitionName, Snapshot, SnapshotStore } from './snapshot.js';

interface SnapshotRow {
  readonly position: string;
  readonly findings_position: string;
  readonly format: number;
  readonly checksum: Buffer;
  readonly state: Buffer;
}

/** Snapshots in the table `snapshots`, one row each: state and offset are stored together or not at all. */
export class PostgresSnapshotStore implements SnapshotStore {
  readonly #table: string;

  constructor(
    private readonly database: SqlSession,
    schema: string,
  ) {
    this.#table = `${identifier(schema)}.snapshots`;
  }

  async load({ topic, partition }: PartitionName): Promise<LoadedSnapshot> {
    const [row] = await this.database.query<SnapshotRow>(
      `select position, findings_position, format, checksum, state from ${this.#table}
       where topic = $1 and partition = $2`,
      [topic, partition],
    );
    if (row === undefined) return { kind: 'none' };
    const { format, checksum, state } = row;
    const position = BigInt(row.position);
    const findingsPosition = BigInt(row.findings_position);
    return decodeSnapshot({ topic, partition, position, findingsPosition, format, checksum, state });
  }

  async save(snapshot: Snapshot): Promise<number> {
    const { topic, partition, position, findingsPosition, format, checksum, state } =
      await encodeSnapshot(snapshot);
    // A member that has lost the partition without knowing it must not undo what its successor stored.
    await this.database.query(
      `insert into ${this.#table} as stored
         (topic, partition, position, findings_position, format, checksum, state)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (topic, partition) do update set
         position = excluded.position, findings_position = excluded.findings_position,
         format = excluded.format, checksum = excluded.checksum, state = excluded.state,
         saved_at = clock_timestamp()
       where stored.position <= excluded.position`,
      [topic, partition, position.toString(), findingsPosition.toString(), format, checksum, state],
    );
    return state.byteLength;
  }

  async discard({ topic, partition }: PartitionName): Promise<void> {
    await this.database.query(`delete from ${this.#table} where topic = $1 and partition = $2`, [
      topic,
      partition,
    ]);
  }
}
