import { randomBytes } from 'node:crypto';
import type { Database, SqlSession } from '@portcullis/postgres';
import { createApiKey, type ApiKeyCommandsDependencies } from './api-keys/api-key.commands.js';
import { serviceContext, type ServiceWork } from './commands/service-context.js';
import { foundOrganization } from './organizations/found-organization.js';

export interface FirstOrganization {
  readonly organizationId: string;
  readonly email: string;
  readonly password: string;
  /** The owner's: every administration scope. */
  readonly apiKey: string;
  /** For agents: scope `mcp` alone. */
  readonly agentKey: string;
}

export interface FirstOrganizationOptions
  extends ServiceWork, Pick<ApiKeyCommandsDependencies, 'secrets' | 'hasher'> {
  readonly database: Pick<Database, 'transaction'>;
  readonly email: string;
  readonly name: string;
}

/**
 * Creates the first organization, its owner and two keys, in one transaction. Null when there is one already: keys are
 * shown once, so they cannot be told again.
 */
export async function createFirstOrganization(
  options: FirstOrganizationOptions,
): Promise<FirstOrganization | null> {
  return options.database.transaction(async (session) => {
    await session.query(
      `select pg_advisory_xact_lock(hashtextextended('portcullis.policy.first-organization', 0))`,
    );
    return (await anyOrganization(session)) ? null : createOrganization(options, session);
  });
}

/** An organization with an owner and two keys. */
export async function createOrganization(
  options: Omit<FirstOrganizationOptions, 'database'>,
  session: SqlSession,
): Promise<FirstOrganization> {
  const organizationId = options.newId();
  const context = serviceContext(options, session, organizationId);
  const memberId = options.newId();
  await foundOrganization(context, {
    name: options.name,
    owner: { memberId, email: options.email, name: 'Owner' },
  });
  const creator = { grantor: null, ownerId: memberId };
  const admin = await createApiKey(
    options,
    context,
    { label: 'Owner', scopes: ['admin'], connections: null },
    creator,
  );
  const agent = await createApiKey(
    options,
    context,
    { label: 'First agent', agent: 'first-agent', scopes: ['mcp'], connections: null },
    creator,
  );
  return {
    organizationId,
    email: options.email.toLowerCase(),
    password: randomBytes(18).toString('base64url'),
    apiKey: admin.secret,
    agentKey: agent.secret,
  };
}

async function anyOrganization(session: SqlSession): Promise<boolean> {
  return (
    (await session.query(`select 1 from policy.events where type = 'OrganizationCreated' limit 1`)).length > 0
  );
}
