import { ConfigError, createLogger, loadConfig, SecretBox } from '@portcullis/service';
import { Database, PostgresEventStore } from '@portcullis/postgres';
import { createFirstOrganization } from './first-organization.js';
import { newId } from './new-id.js';
import { bootstrapConfigSections } from './policy.config.js';
import { checkMasterKey, prepareDatabase, SCHEMA } from './prepare-database.js';
import { HmacKeyHasher } from './secrets/hmac-key-hasher.js';
import { PostgresSecretStore } from './secrets/postgres-secret-store.js';

/**
 * The first start: prints `{ organizationId, email, password, apiKey, agentKey }` once, and `{ "created": false }` ever
 * after. What it prints is kept nowhere else.
 */
async function bootstrap(): Promise<void> {
  const config = loadConfig(bootstrapConfigSections, process.env);
  const url = config.postgresUrl;
  const logger = createLogger('policy-bootstrap', 'silent');
  await prepareDatabase({ url, logger, signal: AbortSignal.timeout(60_000) });
  const database = await Database.open({ url, applicationName: 'policy-bootstrap', maxConnections: 2 });
  try {
    const box = new SecretBox(config.masterKey);
    await checkMasterKey(database, box.keyId);
    const created = await createFirstOrganization({
      database,
      store: new PostgresEventStore({ database, url, schema: SCHEMA }),
      secrets: new PostgresSecretStore(database, box),
      hasher: new HmacKeyHasher(config.masterKey),
      now: () => new Date(),
      newId,
      name: config.organizationName,
      email: config.ownerEmail,
    });
    process.stdout.write(`${JSON.stringify(created ?? { created: false })}\n`);
  } finally {
    await database.close();
  }
}

try {
  await bootstrap();
} catch (error) {
  const line = error instanceof Error ? error.message : String(error);
  process.stderr.write(`portcullis policy bootstrap: ${line}\n`);
  process.exitCode = error instanceof ConfigError ? 78 : 1;
}
