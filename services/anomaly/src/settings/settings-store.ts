import type { DetectionSettings } from '@portcullis/contracts';
import { identifier, type SqlSession } from '@portcullis/postgres';
import { KEPT_MS, type SettingsChange } from './settings-history.js';

interface Row {
  readonly log_offset: string;
  readonly tenant_id: string;
  readonly connection_id: string;
  readonly taken_at: string;
  readonly settings: DetectionSettings | null;
}

/** Where changes of settings outlive the topic they came by. */
export interface SettingsStore {
  /** In the order of the log. */
  load(): Promise<SettingsChange[]>;
  /** One that is there already changes nothing. */
  add(changes: readonly SettingsChange[]): Promise<void>;
  clear(): Promise<void>;
}

/** In the table `settings_changes`. */
export class PostgresSettingsStore implements SettingsStore {
  readonly #table: string;

  constructor(
    private readonly database: SqlSession,
    schema: string,
  ) {
    this.#table = `${identifier(schema)}.settings_changes`;
  }

  async load(): Promise<SettingsChange[]> {
    await this.database.query(
      `delete from ${this.#table} as old using ${this.#table} as next
       where next.tenant_id = old.tenant_id and next.connection_id = old.connection_id
         and next.log_offset > old.log_offset and next.taken_at < $1`,
      [Date.now() - KEPT_MS],
    );
    const rows = await this.database.query<Row>(
      `select log_offset, tenant_id, connection_id, taken_at, settings from ${this.#table} order by log_offset`,
      [],
    );
    return rows.map((row) => ({
      offset: BigInt(row.log_offset),
      tenantId: row.tenant_id,
      connectionId: row.connection_id,
      takenAt: Number(row.taken_at),
      settings: row.settings,
    }));
  }

  async add(changes: readonly SettingsChange[]): Promise<void> {
    for (const { offset, tenantId, connectionId, takenAt, settings } of changes) {
      await this.database.query(
        `insert into ${this.#table} (log_offset, tenant_id, connection_id, taken_at, settings)
         values ($1, $2, $3, $4, $5) on conflict (log_offset) do nothing`,
        [
          offset.toString(),
          tenantId,
          connectionId,
          takenAt,
          settings === null ? null : JSON.stringify(settings),
        ],
      );
    }
  }

  async clear(): Promise<void> {
    await this.database.query(`delete from ${this.#table}`, []);
  }
}
