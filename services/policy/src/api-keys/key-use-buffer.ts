import type { SqlSession } from '@portcullis/postgres';
import type { ApiKeyUsage } from './api-key-usage.js';

/** Keys that may wait to be written; further ones are dropped: the next use tells again. */
const LIMIT = 10_000;

/** Uses of keys outside of calls, such as REST requests: kept in memory, written together, never waited for. */
export class KeyUseBuffer {
  #seen = new Map<string, { tenantId: string; at: Date }>();

  constructor(
    private readonly usage: Pick<ApiKeyUsage, 'record'>,
    private readonly now: () => Date,
  ) {}

  seen(tenantId: string, keyId: string): void {
    if (this.#seen.size < LIMIT || this.#seen.has(keyId)) this.#seen.set(keyId, { tenantId, at: this.now() });
  }

  /** Writes what was seen; what cannot be written is kept for the next time, unless it was seen again. */
  async flush(session: SqlSession): Promise<void> {
    if (this.#seen.size === 0) return;
    const writing = this.#seen;
    this.#seen = new Map();
    try {
      await this.usage.record(
        session,
        [...writing].map(([keyId, { tenantId, at }]) => ({ keyId, tenantId, at })),
      );
    } catch (error) {
      this.#seen = new Map([...writing, ...this.#seen].slice(-LIMIT));
      throw error;
    }
  }
}
