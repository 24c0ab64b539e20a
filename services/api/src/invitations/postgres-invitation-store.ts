import type { Actor, Role } from '@portcullis/contracts';
import type { Database } from '@portcullis/postgres';
import { InvitationStore, type Invitation } from './invitation.js';

interface Row {
  readonly id: string;
  readonly tenant_id: string;
  readonly email: string;
  readonly role: Role;
  readonly invited_by: string;
  readonly invited_by_name: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

const COLUMNS = 'id, tenant_id, email, role, invited_by, invited_by_name, created_at, expires_at';
const OPEN = 'accepted_at is null and expires_at > clock_timestamp()';

export class PostgresInvitationStore extends InvitationStore {
  constructor(private readonly database: Pick<Database, 'query' | 'transaction'>) {
    super();
  }

  add(
    { id, tenantId, email, role, invitedBy, createdAt, expiresAt }: Invitation,
    tokenDigest: string,
    most: number,
  ): Promise<boolean> {
    return this.database.transaction(async (session) => {
      await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `portcullis.api.invitations.${tenantId}`,
      ]);
      await session.query(
        'delete from api.invitations where tenant_id = $1 and accepted_at is null and (email = $2 or expires_at < clock_timestamp())',
        [tenantId, email],
      );
      const rows = await session.query(
        `insert into api.invitations (id, tenant_id, email, role, token_digest, invited_by, invited_by_name, created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9
         where (select count(*) from api.invitations where tenant_id = $2 and accepted_at is null) < $10 returning id`,
        [
          id,
          tenantId,
          email,
          role,
          tokenDigest,
          `${invitedBy.type}:${invitedBy.id}`,
          invitedBy.name ?? '',
          createdAt,
          expiresAt,
          most,
        ],
      );
      return rows.length === 1;
    });
  }

  async list(tenantId: string): Promise<Invitation[]> {
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from api.invitations where tenant_id = $1 and ${OPEN} order by created_at desc, id`,
      [tenantId],
    );
    return rows.map(invitationOf);
  }

  async remove(tenantId: string, id: string): Promise<Invitation | null> {
    const [row] = await this.database.query<Row>(
      `delete from api.invitations where tenant_id = $1 and id::text = $2 and ${OPEN} returning ${COLUMNS}`,
      [tenantId, id],
    );
    return row ? invitationOf(row) : null;
  }

  async find(tokenDigest: string): Promise<Invitation | null> {
    const [row] = await this.database.query<Row>(
      `select ${COLUMNS} from api.invitations where token_digest = $1 and ${OPEN}`,
      [tokenDigest],
    );
    return row ? invitationOf(row) : null;
  }

  async accept<Result>(
    tokenDigest: string,
    work: (invitation: Invitation) => Promise<Result>,
  ): Promise<Result | null> {
    // Claimed before the work, not locked during it: the work asks other services, and a transaction must not wait for those.
    const [row] = await this.database.query<Row>(
      `update api.invitations set accepted_at = clock_timestamp() where token_digest = $1 and ${OPEN} returning ${COLUMNS}`,
      [tokenDigest],
    );
    if (!row) return null;
    try {
      return await work(invitationOf(row));
    } catch (error) {
      await this.database.query(
        `update api.invitations i set accepted_at = null where id = $1
         and not exists (select 1 from api.invitations o where o.tenant_id = i.tenant_id and o.email = i.email and o.accepted_at is null)`,
        [row.id],
      );
      throw error;
    }
  }
}

function invitationOf(row: Row): Invitation {
  const [type = 'user', id = ''] = row.invited_by.split(/:(.*)/s);
  return {
    id: row.id,
    tenantId: row.tenant_id,
    email: row.email,
    role: row.role,
    invitedBy: { type: type as Actor['type'], id, name: row.invited_by_name },
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}
