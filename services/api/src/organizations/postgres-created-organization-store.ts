import type { Database } from '@portcullis/postgres';
import { CreatedOrganizationStore } from './created-organization-store.js';

export class PostgresCreatedOrganizationStore extends CreatedOrganizationStore {
  constructor(private readonly database: Pick<Database, 'transaction'>) {
    super();
  }

  claim(userId: string, tenantId: string, most: number): Promise<boolean> {
    return this.database.transaction(async (session) => {
      await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `portcullis.api.created-organizations.${userId}`,
      ]);
      const [row] = await session.query<{ others: number }>(
        'select count(*)::int as others from api.created_organizations where user_id = $1 and tenant_id <> $2',
        [userId, tenantId],
      );
      if ((row?.others ?? 0) >= most) return false;
      await session.query(
        'insert into api.created_organizations (tenant_id, user_id) values ($1, $2) on conflict do nothing',
        [tenantId, userId],
      );
      await session.query(
        'insert into api.joined_organizations (user_id, tenant_id) values ($1, $2) on conflict do nothing',
        [userId, tenantId],
      );
      return true;
    });
  }

  release(userId: string, tenantId: string): Promise<void> {
    return this.database.transaction(async (session) => {
      await session.query('delete from api.created_organizations where user_id = $1 and tenant_id = $2', [
        userId,
        tenantId,
      ]);
      await session.query('delete from api.joined_organizations where user_id = $1 and tenant_id = $2', [
        userId,
        tenantId,
      ]);
    });
  }
}
