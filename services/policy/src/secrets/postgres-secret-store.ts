import type { SqlSession } from '@portcullis/postgres';
import type { LoadedSecret, SecretStore } from '../state/secret-store.js';
import type { SecretBox } from '@portcullis/service';

interface SecretRow {
  id: string;
  tenant_id: string;
  kind: 'api_key' | 'credential';
  key_hash: string | null;
  sealed: Buffer | null;
  sealed_with: string | null;
}

/** `policy.secrets`: hashes of API keys and sealed credentials, written in the transaction of the event that names them. */
export class PostgresSecretStore implements SecretStore {
  constructor(
    private readonly database: SqlSession,
    private readonly box: SecretBox,
  ) {}

  async load(secretIds: readonly string[]): Promise<ReadonlyMap<string, LoadedSecret>> {
    const rows = await this.database.query<SecretRow>(
      'select id, tenant_id, kind, key_hash, sealed, sealed_with from policy.secrets where id = any($1)',
      [secretIds],
    );
    return new Map(
      rows.flatMap((row) => {
        const secret = this.loaded(row);
        return secret ? [[row.id, secret] as const] : [];
      }),
    );
  }

  async addKeyHash(
    session: SqlSession,
    secret: { id: string; tenantId: string; hash: string },
  ): Promise<void> {
    await session.query(
      `insert into policy.secrets (id, tenant_id, kind, key_hash) values ($1, $2, 'api_key', $3)`,
      [secret.id, secret.tenantId, secret.hash],
    );
  }

  async addCredential(
    session: SqlSession,
    secret: { id: string; tenantId: string; credential: string },
  ): Promise<void> {
    const sealed = this.box.seal(secret.credential, contextOf(secret.tenantId, secret.id));
    await session.query(
      `insert into policy.secrets (id, tenant_id, kind, sealed, sealed_with) values ($1, $2, 'credential', $3, $4)`,
      [secret.id, secret.tenantId, sealed.bytes, sealed.keyId],
    );
  }

  /** For good: what was rotated away must not be found in the next backup. */
  async remove(session: SqlSession, secretId: string): Promise<void> {
    await session.query('delete from policy.secrets where id = $1', [secretId]);
  }

  private loaded(row: SecretRow): LoadedSecret | null {
    if (row.kind === 'api_key') return row.key_hash === null ? null : { kind: 'api_key', hash: row.key_hash };
    const { sealed, sealed_with: keyId } = row;
    if (sealed === null || keyId === null) return null;
    const context = contextOf(row.tenant_id, row.id);
    return { kind: 'credential', open: () => this.box.open({ keyId, bytes: sealed }, context) };
  }
}

function contextOf(tenantId: string, secretId: string): string {
  return `credential|${tenantId}|${secretId}`;
}
