import { fileURLToPath } from 'node:url';
import type { Principal, Query } from '@portcullis/contracts';
import { ClickHouse, loadMigrations, migrate } from '@portcullis/clickhouse';
import { ProblemError } from '@portcullis/service';
import { startClickHouse } from '@portcullis/testing';
import { AuditStore } from '../src/audit-store/audit-store.js';
import type { Caller } from '../src/authentication/caller.js';
import type { PolicyService } from '../src/policy-service/policy-service.js';

const MIGRATIONS = fileURLToPath(new URL('../../audit/migrations', import.meta.url));

/** The audit tables on a real engine, as the API reads them, with a way to fill them. */
export class AuditHistory {
  private next = 0;

  private constructor(
    readonly store: AuditStore,
    private readonly writer: ClickHouse,
    private readonly engine: { stop(): Promise<void> },
  ) {}

  static async start(): Promise<AuditHistory> {
    const engine = await startClickHouse();
    const url = await engine.createDatabase();
    const writer = new ClickHouse({ url, application: 'api-test' });
    await migrate(writer, { migrations: await loadMigrations(MIGRATIONS), topology: { kind: 'single' } });
    return new AuditHistory(new AuditStore(url), writer, engine);
  }

  /** Calls of `acme` unless said otherwise; `time` in milliseconds since the epoch. */
  async add(rows: readonly ({ time: number } & Record<string, unknown>)[]): Promise<void> {
    await this.writer.insertRows(
      'audit_events',
      rows.map(({ time, ...values }) => ({
        tenant_id: 'acme',
        event_time: new Date(time).toISOString().replace('Z', ''),
        event_id: this.id(),
        type: 'tool_call',
        row_version: 2,
        method: 'tools/call',
        tool: 'search',
        decision: 'allow',
        outcome: 'ok',
        connection: 'shop',
        connection_id: 'c-shop',
        retention_class: 2200,
        ingested_at: '2026-01-01 00:00:00.000',
        ...values,
      })),
    );
  }

  async stop(): Promise<void> {
    await this.store.close();
    await this.writer.close();
    await this.engine.stop();
  }

  private id(): string {
    this.next += 1;
    return `00000000-0000-7000-8000-${String(this.next).padStart(12, '0')}`;
  }
}

export function callerOf(tenantId: string, scopes: readonly string[] = ['admin']): Caller {
  const principal: Principal = {
    type: 'api_key',
    id: 'k',
    tenantId,
    name: 'key',
    scopes: [...scopes],
    ownerId: null,
    connections: null,
  };
  return { principal, actor: { type: 'api_key', id: 'k', name: 'key' } };
}

/** A policy service that answers one query for one organization, and knows nothing else. */
export function policyKnowing(
  tenantId: string,
  answers: Partial<Record<Query['type'], unknown>>,
): PolicyService {
  const one = (caller: Caller, query: Query) => {
    const data = caller.principal.tenantId === tenantId ? answers[query.type] : undefined;
    if (data === undefined)
      return Promise.reject(
        new ProblemError({ code: 'connection.not_found', status: 404, title: 'No such connection.' }),
      );
    return Promise.resolve({ data, meta: {} });
  };
  return { one } as unknown as PolicyService;
}
