import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MEMBERSHIPS_PATH, type Membership, type Role } from '@portcullis/contracts';
import { Database, loadMigrations, migrate } from '@portcullis/postgres';
import { createHttpApp, HealthRegistry, InternalClient } from '@portcullis/service';
import type { TestPostgres } from '@portcullis/testing';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { ActivityLog, type RecordedActivity } from '../src/activity/activity-log.js';
import { RefusedSignIns } from '../src/activity/refused-sign-ins.js';
import { AppModule, type ApiParts } from '../src/app.module.js';
import type { LiveFeed } from '../src/events/live-feed.js';
import { LiveSocketAdapter } from '../src/events/live-socket.adapter.js';
import { PostgresInvitationStore } from '../src/invitations/postgres-invitation-store.js';
import type { OrganizationCreationRules } from '../src/organizations/organization-creation.js';
import { PostgresCreatedOrganizationStore } from '../src/organizations/postgres-created-organization-store.js';
import { accountsPool } from '../src/open-logins.js';
import { openApiDocument } from '../src/openapi/openapi-document.js';
import { ROUTES } from '../src/routes.js';
import { AccessChanges } from '../src/sign-in/access-changes.js';
import { Accounts } from '../src/sign-in/accounts.js';
import { AttemptLimits } from '../src/sign-in/attempt-limits.js';
import { PasswordHashes } from '../src/sign-in/password-hash.js';
import { PostgresLoginStore } from '../src/sign-in/postgres-login-store.js';

const SECRET = 'a secret of the deployment that is long enough';
export const ORIGIN = 'http://localhost:80';

/** Kept in memory, and refusing on demand. */
export class RecordingActivityLog extends ActivityLog {
  readonly recorded: RecordedActivity[] = [];
  down = false;

  override record(...activities: readonly RecordedActivity[]): Promise<void> {
    if (this.down) return Promise.reject(new Error('the outbox is down'));
    this.recorded.push(...activities);
    return Promise.resolve();
  }
}

interface Roster {
  readonly name: string;
  readonly members: Map<string, { memberId: string; name: string; role: Role }>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: { data: never; code?: string; meta?: object };
  readonly text: string;
  /** The login cookie it set, as a browser sends it back. */
  readonly cookie: string | undefined;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  readonly body?: object;
  readonly cookie?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** The API over a real Postgres; the policy service is a stand-in with rosters and commands of its own. */
export class SignInRig {
  rosters = new Map<string, Roster>();
  private url = '';
  readonly commands: { tenantId: string; command: { type: string } }[] = [];
  readonly activity = new RecordingActivityLog();
  readonly refused = new RefusedSignIns(this.activity, () => new Date());
  readonly clock = { now: 0 };
  readonly limits = new AttemptLimits({ now: () => this.clock.now });
  readonly accessChanges = new AccessChanges();
  readonly organizationCreation: OrganizationCreationRules = { creators: 'owners', mostEach: 10 };
  readonly passwords = new PasswordHashes({ N: 2 ** 10, r: 8, p: 1 });
  answerCommand: (command: never, tenantId: string) => { status: number; body: object } = () => ({
    status: 200,
    body: { data: {}, position: 1, propagated: true },
  });
  database!: Database;
  pool!: Pool;
  accounts!: Accounts;
  logins!: PostgresLoginStore;
  app!: Awaited<ReturnType<typeof createHttpApp>>;
  #close: (() => Promise<void>)[] = [];

  static async start(
    postgres: TestPostgres,
    options: {
      secure?: boolean;
      publicUrl?: string;
      feed?: LiveFeed;
      activity?: (database: Database) => ActivityLog;
      /** Another replica of the same deployment. */
      replicaOf?: SignInRig;
    } = {},
  ): Promise<SignInRig> {
    const rig = new SignInRig();
    const url = options.replicaOf?.url ?? (await postgres.createDatabase());
    rig.url = url;
    rig.rosters = options.replicaOf?.rosters ?? rig.rosters;
    await migrate({
      url,
      schema: 'api',
      migrations: await loadMigrations('api', new URL('../migrations/', import.meta.url)),
    });
    rig.database = await Database.open({ url, applicationName: 'test' });
    rig.pool = accountsPool(url);
    rig.pool.on('error', () => undefined);
    rig.logins = new PostgresLoginStore(rig.database);
    const secure = options.secure ?? false;
    rig.accounts = new Accounts({
      pool: rig.pool,
      secret: SECRET,
      secure,
      sessionHours: 1,
      passwords: rig.passwords,
    });
    const policy = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { status, body: answer } = rig.#policy(request.url ?? '', JSON.parse(body) as never);
        response.statusCode = status;
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => policy.listen(0, '127.0.0.1', resolve));
    const client = new InternalClient(
      { kind: 'tcp', host: '127.0.0.1', port: (policy.address() as AddressInfo).port },
      'x'.repeat(40),
      'policy',
    );
    const logger = pino({ level: 'silent' });
    rig.app = await createHttpApp(
      AppModule.with({
        policyClient: client,
        healthClients: new Map(),
        health: new HealthRegistry('api', 'test'),
        store: {},
        cursors: {},
        feed: options.feed ?? {},
        savedViews: {},
        logger,
        systemLog: {},
        accounts: rig.accounts,
        logins: rig.logins,
        accessChanges: rig.accessChanges,
        invitations: new PostgresInvitationStore(rig.database),
        limits: rig.limits,
        createdOrganizations: new PostgresCreatedOrganizationStore(rig.database),
        organizationCreation: rig.organizationCreation,
        activity: options.activity?.(rig.database) ?? rig.activity,
        refusedSignIns: rig.refused,
        origins: { publicUrl: options.publicUrl, allowedOrigins: ['https://allowed.example'] },
        secureCookies: secure,
        openapi: openApiDocument(ROUTES, 'test'),
      } as unknown as ApiParts),
      {
        logger,
        bodyLimit: 1_000_000,
        configure: (nest) => {
          nest.setGlobalPrefix('/api/v1');
          nest.useWebSocketAdapter(
            new LiveSocketAdapter(nest, { allowedOrigins: [], publicUrl: options.publicUrl }),
          );
        },
      },
    );
    rig.#close = [
      () => rig.app.close(),
      () => client.close(),
      async () => void policy.close(),
      () => rig.database.close(),
      () => rig.pool.end(),
    ];
    return rig;
  }

  /** A person who can sign in, as a member of organizations. */
  async person(email: string, password: string, roles: Record<string, Role>): Promise<string> {
    const userId = (await this.accounts.create(email, email, password)) ?? '';
    for (const [tenantId, role] of Object.entries(roles)) {
      this.member(tenantId, email, role);
      await this.logins.join(userId, tenantId);
    }
    return userId;
  }

  member(tenantId: string, email: string, role: Role): void {
    const roster = this.rosters.get(tenantId) ?? { name: `Organization ${tenantId}`, members: new Map() };
    roster.members.set(email, { memberId: `${tenantId}-${email}`, name: email, role });
    this.rosters.set(tenantId, roster);
  }

  /** The policy service does what an accepted invitation asks of it; it refuses whom the organization lists. */
  listWhoIsAdded(): void {
    this.answerCommand = (({ email, role }: { email: string; role: Role }, tenantId: string) => {
      if (this.rosters.get(tenantId)?.members.has(email))
        return { status: 409, body: { code: 'member.email_taken', title: 'taken', status: 409 } };
      this.member(tenantId, email, role);
      return { status: 200, body: { data: {}, position: 1, propagated: true } };
    }) as never;
  }

  async ask(path: string, { method = 'GET', body, cookie, headers = {} }: Ask = {}): Promise<Answer> {
    const answer = await this.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        ...(method === 'GET' ? {} : { origin: ORIGIN }),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(cookie ? { cookie } : {}),
        ...headers,
      },
      ...(body ? { payload: JSON.stringify(body) } : {}),
    });
    const set = [answer.headers['set-cookie'] ?? []].flat().find((line) => line.includes('session_token='));
    const json = String(answer.headers['content-type']).includes('json');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      body: json ? answer.json() : { data: undefined as never },
      cookie: set?.split(';')[0],
    };
  }

  async signIn(email: string, password: string): Promise<string> {
    const { cookie, text } = await this.ask('/auth/sign-in', { method: 'POST', body: { email, password } });
    if (cookie === undefined) throw new Error(`no cookie: ${text}`);
    return cookie;
  }

  async close(): Promise<void> {
    for (const close of this.#close) await close();
  }

  #policy(
    path: string,
    body: { email: string; tenantIds: string[]; tenantId: string; command: { type: string } },
  ): { status: number; body: object } {
    if (path === MEMBERSHIPS_PATH) {
      const memberships = body.tenantIds.flatMap((id): Membership[] => {
        const roster = this.rosters.get(id);
        const member = roster?.members.get(body.email);
        return roster && member ? [{ organization: { id, name: roster.name }, ...member }] : [];
      });
      return { status: 200, body: { memberships } };
    }
    if (path.endsWith('/commands')) {
      this.commands.push(body);
      return this.answerCommand(body.command as never, body.tenantId);
    }
    return { status: 418, body: { code: 'stand_in.reached', title: 'reached', status: 418 } };
  }
}
