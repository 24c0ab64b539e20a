import type { SqlSession } from '@portcullis/postgres';
import { LoginStore, type EndedLogin, type Login, type LoginSession } from './login-store.js';

interface SessionRow {
  readonly id: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
}

interface LoginRow extends SessionRow {
  readonly tenant_id: string | null;
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly joined: string[];
}

const SESSION = 'l.id, l.created_at, l.expires_at, l.ip_address, l.user_agent';
const JOINED = `array(select tenant_id from api.joined_organizations j where j.user_id = u.id order by joined_at, tenant_id limit 200)`;

export class PostgresLoginStore extends LoginStore {
  constructor(private readonly database: SqlSession) {
    super();
  }

  find(cookieDigest: string): Promise<Login | null> {
    return this.findWhere('l.cookie_digest', cookieDigest);
  }

  findByToken(token: string): Promise<Login | null> {
    return this.findWhere('l.token', token);
  }

  async list(userId: string): Promise<LoginSession[]> {
    const rows = await this.database.query<SessionRow>(
      `select ${SESSION} from api.login_sessions l
       where l.user_id = $1 and l.expires_at > clock_timestamp() order by l.created_at desc, l.id limit 200`,
      [userId],
    );
    return rows.map(sessionOf);
  }

  async chooseOrganization(sessionId: string, tenantId: string): Promise<void> {
    await this.database.query(
      'update api.login_sessions set tenant_id = $2, updated_at = clock_timestamp() where id = $1',
      [sessionId, tenantId],
    );
  }

  async end(userId: string, sessionId: string): Promise<EndedLogin | null> {
    const [row] = await this.endWhere('user_id = $1 and id = $2', [userId, sessionId]);
    return row ?? null;
  }

  endOthers(userId: string, exceptSessionId: string): Promise<EndedLogin[]> {
    return this.endWhere('user_id = $1 and id <> $2', [userId, exceptSessionId]);
  }

  async findUser(email: string): Promise<{ id: string; name: string; joined: readonly string[] } | null> {
    const [row] = await this.database.query<{ id: string; name: string; joined: string[] }>(
      `select u.id, u.name, ${JOINED} as joined from api.users u where u.email = $1`,
      [email],
    );
    return row ?? null;
  }

  async join(userId: string, tenantId: string): Promise<void> {
    await this.database.query(
      'insert into api.joined_organizations (user_id, tenant_id) values ($1, $2) on conflict do nothing',
      [userId, tenantId],
    );
  }

  async sweep(): Promise<void> {
    await this.database.query('delete from api.login_sessions where expires_at < clock_timestamp()');
  }

  private async findWhere(column: 'l.cookie_digest' | 'l.token', value: string): Promise<Login | null> {
    const [row] = await this.database.query<LoginRow>(
      `select ${SESSION}, l.tenant_id, u.id as user_id, u.email, u.name, ${JOINED} as joined
       from api.login_sessions l join api.users u on u.id = l.user_id
       where ${column} = $1 and l.expires_at > clock_timestamp()`,
      [value],
    );
    if (!row) return null;
    const user = { id: row.user_id, email: row.email, name: row.name };
    return { session: sessionOf(row), user, tenantId: row.tenant_id, joined: row.joined };
  }

  private async endWhere(condition: string, values: readonly string[]): Promise<EndedLogin[]> {
    const rows = await this.database.query<{ id: string; tenant_id: string | null }>(
      `delete from api.login_sessions where ${condition} returning id, tenant_id`,
      values,
    );
    return rows.map((row) => ({ sessionId: row.id, tenantId: row.tenant_id }));
  }
}

function sessionOf(row: SessionRow): LoginSession {
  return {
    id: row.id,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    address: row.ip_address ?? '',
    userAgent: row.user_agent ?? '',
  };
}
