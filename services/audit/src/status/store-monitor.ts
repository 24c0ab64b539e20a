import type { AuditTables } from '../ingestion/audit-tables.js';

export type StoredCounts = Awaited<ReturnType<AuditTables['counts']>>;

/** What was last heard of the audit store, so that a health page asks memory alone. */
export class StoreMonitor {
  private last: { counts: StoredCounts } | { error: string } | undefined;

  constructor(private readonly tables: Pick<AuditTables, 'counts'>) {}

  async refresh(): Promise<void> {
    try {
      this.last = { counts: await this.tables.counts() };
    } catch (error) {
      this.last = { error: (error as { code?: string }).code ?? 'failed' };
      throw error;
    }
  }

  get counts(): StoredCounts | null {
    return this.last !== undefined && 'counts' in this.last ? this.last.counts : null;
  }

  readonly check = (): { ok: boolean; detail?: string } => {
    if (this.last === undefined) return { ok: false, detail: 'not asked yet' };
    return 'error' in this.last ? { ok: false, detail: this.last.error } : { ok: true };
  };
}
