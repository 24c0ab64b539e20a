import { Database } from '@portcullis/postgres';
import { ConfigError, createLogger, loadConfig } from '@portcullis/service';
import { z } from 'zod';
import { createPersonConfigSections } from './api.config.js';
import { accountsPool } from './open-logins.js';
import { prepareDatabase } from './prepare-database.js';
import { Accounts, LEAST_PASSWORD, LONGEST_PASSWORD } from './sign-in/accounts.js';
import { PostgresLoginStore } from './sign-in/postgres-login-store.js';

const LONGEST_INPUT = 64 * 1024;
/** What the policy service's bootstrap prints when there is nothing to create any more. */
const nobodySchema = z.strictObject({ created: z.literal(false) });
const personSchema = z.object({
  email: z.email().max(320),
  password: z.string().min(LEAST_PASSWORD).max(LONGEST_PASSWORD),
  organizationId: z.string().min(1).max(64),
  name: z.string().trim().min(1).max(200).default('Owner'),
});

/**
 * For operators: lets a member sign in whom nobody could invite, such as the owner the first start made. Reads
 * `{ email, password, organizationId, name? }` from standard input, as the policy service's bootstrap prints it, and
 * prints `{ "created": true }`; an account that exists keeps its password, and bootstrap's `{ "created": false }` is passed on.
 */
async function createPerson(): Promise<void> {
  const config = loadConfig(createPersonConfigSections, process.env);
  const input = JSON.parse((await standardInput()).trim().split('\n').at(-1) ?? '') as unknown;
  const nobody = nobodySchema.safeParse(input);
  if (nobody.success) {
    process.stdout.write(`${JSON.stringify(nobody.data)}\n`);
    return;
  }
  const { email, password, organizationId, name } = personSchema.parse(input);
  const url = config.postgresUrl;
  await prepareDatabase({
    url,
    logger: createLogger('create-person', 'silent'),
    signal: AbortSignal.timeout(60_000),
  });
  const database = await Database.open({ url, applicationName: 'create-person', maxConnections: 1 });
  const pool = accountsPool(url);
  try {
    const accounts = new Accounts({ pool, secret: config.loginSecret, secure: true, sessionHours: 1 });
    const store = new PostgresLoginStore(database);
    const known = await store.findUser(email.toLowerCase());
    const userId =
      known?.id ??
      (await accounts.create(email, name, password)) ??
      (await store.findUser(email.toLowerCase()))?.id;
    if (userId === undefined) throw new Error('the account went away while it was made');
    await store.join(userId, organizationId);
    process.stdout.write(`${JSON.stringify({ created: known === null })}\n`);
  } finally {
    await Promise.all([database.close(), pool.end()]);
  }
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LONGEST_INPUT) throw new SyntaxError('the input is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

try {
  await createPerson();
} catch (error) {
  // Neither the input nor what a parser says of it: a password is in it.
  const told = error instanceof ConfigError || !(error instanceof z.ZodError || error instanceof SyntaxError);
  const line = told
    ? error instanceof Error
      ? error.message
      : String(error)
    : `the input is not { email, password, organizationId } with a password of ${LEAST_PASSWORD} to ${LONGEST_PASSWORD} characters`;
  process.stderr.write(`portcullis create-person: ${line}\n`);
  process.exitCode = error instanceof ConfigError ? 78 : 1;
}
