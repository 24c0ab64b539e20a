import { DataSource, QueryFailedError, type EntitySchema, type QueryRunner } from 'typeorm';
import { DatabaseUnavailable, isTransient, isUnavailable } from './database-errors.js';
import { PooledClient } from './pooled-client.js';
import type { SqlSession } from './sql-session.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly maxConnections?: number;
  readonly entities?: readonly (EntitySchema | (new () => object))[];
  /** Longest time of one statement. */
  readonly statementTimeoutMs?: number;
  /** Told of idle connections that broke; the pool replaces them by itself. */
  readonly onConnectionLost?: (error: unknown) => void;
}

const ATTEMPTS = 4;

/**
 * A bounded pool and the TypeORM data source over it. It survives restarts of Postgres: calls fail with
 * `DatabaseUnavailable` meanwhile. Errors carry neither the statement nor its values.
 */
export class Database implements SqlSession {
  private constructor(readonly dataSource: DataSource) {}

  static async open(options: DatabaseOptions): Promise<Database> {
    const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
    const dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      applicationName: options.applicationName,
      poolSize: options.maxConnections ?? 10,
      connectTimeoutMS: 3_000,
      entities: [...(options.entities ?? [])],
      synchronize: false,
      migrationsRun: false,
      installExtensions: false,
      logging: false,
      poolErrorHandler: (error: unknown) => options.onConnectionLost?.(error),
      extra: {
        Client: PooledClient,
        statement_timeout: statementTimeoutMs,
        // The server's own limit does not help when the server is gone without a word.
        query_timeout: statementTimeoutMs + 2_000,
        lock_timeout: statementTimeoutMs,
        // A process that stops mid-transaction must not keep everybody else from appending.
        idle_in_transaction_session_timeout: 5_000,
        keepAlive: true,
      },
    });
    try {
      await dataSource.initialize();
    } catch (error) {
      throw translated(error);
    }
    return new Database(dataSource);
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await run<Row>(runner, sql, parameters);
    } finally {
      await runner.release();
    }
  }

  /**
   * Runs the work in one transaction (read committed). After a deadlock or a serialization failure it runs again from
   * the start, so it must have no effects outside the transaction.
   */
  async transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(work);
      } catch (error) {
        if (!isTransient(error) || attempt >= ATTEMPTS) throw error;
      }
    }
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async attempt<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work({ query: (sql, parameters = []) => run(runner, sql, parameters) });
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // When the connection is gone there is nothing left to roll back, and the first error says more.
      await runner.rollbackTransaction().catch(() => undefined);
      throw translated(error);
    } finally {
      await runner.release().catch(() => undefined);
    }
  }
}

async function run<Row>(runner: QueryRunner, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
  try {
    const result = await runner.query(sql, [...parameters], true);
    return (result.records ?? []) as Row[];
  } catch (error) {
    throw translated(error);
  }
}

/** TypeORM's error holds the statement's parameters, and those may be secrets. */
function translated(error: unknown): unknown {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (cause instanceof DatabaseUnavailable) return cause;
  return isUnavailable(cause) ? new DatabaseUnavailable(cause) : cause;
}
