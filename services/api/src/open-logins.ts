import type { EventLog } from '@portcullis/eventlog';
import { PooledClient, type Database } from '@portcullis/postgres';
import { repeat, type HealthRegistry } from '@portcullis/service';
import pg from 'pg';
import type { Logger } from 'pino';
import { ActivityRelay } from './activity/activity-relay.js';
import { PostgresActivityLog } from './activity/postgres-activity-log.js';
import { RefusedSignIns } from './activity/refused-sign-ins.js';
import type { ApiParts } from './app.module.js';
import { PostgresInvitationStore } from './invitations/postgres-invitation-store.js';
import { newId } from './new-id.js';
import type { OrganizationCreationRules } from './organizations/organization-creation.js';
import { PostgresCreatedOrganizationStore } from './organizations/postgres-created-organization-store.js';
import { SCHEMA } from './prepare-database.js';
import { Accounts } from './sign-in/accounts.js';
import { AttemptLimits } from './sign-in/attempt-limits.js';
import { PostgresLoginStore } from './sign-in/postgres-login-store.js';

export interface LoginSurroundings {
  readonly config: {
    readonly postgresUrl: string;
    readonly loginSecret: string;
    readonly loginHours: number;
    readonly publicUrl: string | undefined;
    readonly allowedOrigins: readonly string[];
    readonly tlsCertFile: string | undefined;
    readonly organizationCreators: OrganizationCreationRules['creators'];
    readonly organizationsPerPerson: number;
  };
  readonly database: Database;
  readonly log: Pick<EventLog, 'append'>;
  readonly logger: Logger;
  readonly health: HealthRegistry;
  readonly onShutdown: (name: string, stop: () => Promise<void>) => void;
}

type LoginParts = Pick<
  ApiParts,
  | 'accounts'
  | 'logins'
  | 'invitations'
  | 'createdOrganizations'
  | 'organizationCreation'
  | 'limits'
  | 'activity'
  | 'refusedSignIns'
  | 'origins'
  | 'secureCookies'
>;

const FLUSH_MS = 10_000;
const SWEEP_MS = 600_000;
/** Failures in a row after which the relay counts as behind. */
const LAGGING = 3;

/** Who can sign in, and the record of it: built, started, and stopped with the service. */
export function openLogins({
  config,
  database,
  log,
  logger,
  health,
  onShutdown,
}: LoginSurroundings): LoginParts {
  const { publicUrl, allowedOrigins } = config;
  const secureCookies = config.tlsCertFile !== undefined || publicUrl?.startsWith('https:') === true;
  const pool = accountsPool(config.postgresUrl);
  pool.on('error', (error) => logger.warn({ err: error }, 'lost a connection to Postgres'));
  onShutdown('accounts', () => pool.end());

  const trouble = (part: string) => (error: unknown) =>
    logger.warn({ err: error, part }, 'failed, will be tried again');
  const relay = new ActivityRelay({ database, log, onError: trouble('activity relay') });
  const now = () => new Date();
  const activity = new PostgresActivityLog({ database, now, newId, onRecorded: () => relay.hint() });
  const logins = new PostgresLoginStore(database);
  // The first look-up connects to Postgres; a gateway's caller with a cookie should not wait for that.
  void logins.find('').catch(trouble('first look-up of a login'));
  const refusedSignIns = new RefusedSignIns(activity, now);
  health.register('activity', () => ({ ok: relay.failures < LAGGING }));
  relay.start();
  onShutdown('activity relay', () => relay.stop());
  const flushing = repeat(() => refusedSignIns.flush(), {
    everyMs: FLUSH_MS,
    onError: trouble('refused sign-ins'),
  });
  const sweeping = repeat(() => logins.sweep(), { everyMs: SWEEP_MS, onError: trouble('expired logins') });
  onShutdown('login upkeep', async () => {
    await Promise.all([flushing.stop(), sweeping.stop()]);
    await refusedSignIns.flush();
  });

  return {
    accounts: new Accounts({
      pool,
      secret: config.loginSecret,
      secure: secureCookies,
      sessionHours: config.loginHours,
    }),
    logins,
    invitations: new PostgresInvitationStore(database),
    createdOrganizations: new PostgresCreatedOrganizationStore(database),
    organizationCreation: { creators: config.organizationCreators, mostEach: config.organizationsPerPerson },
    limits: new AttemptLimits(),
    activity,
    refusedSignIns,
    origins: { publicUrl, allowedOrigins },
    secureCookies,
  };
}

/** Connections that see the api's tables without their schema's name, as better-auth asks for them. */
export function accountsPool(postgresUrl: string): pg.Pool {
  return new pg.Pool({
    Client: PooledClient,
    connectionString: postgresUrl,
    max: 5,
    application_name: 'api-accounts',
    options: `-c search_path=${SCHEMA}`,
    connectionTimeoutMillis: 3_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    keepAlive: true,
  });
}
