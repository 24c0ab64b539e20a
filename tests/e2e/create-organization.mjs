// Creates one more organization in the database of a deployment, with an owner and two keys, and prints it as JSON.
// Environment: PORTCULLIS_POSTGRES_URL and PORTCULLIS_MASTER_KEY of the deployment. Arguments: name, e-mail address.
const policy = (file) => import(new URL(`../../services/policy/dist/${file}`, import.meta.url).href);
const [
  { Database, PostgresEventStore },
  { createOrganization },
  { newId },
  { SCHEMA },
  { HmacKeyHasher },
  { PostgresSecretStore },
  { SecretBox },
] = await Promise.all([
  import('@portcullis/postgres'),
  policy('first-organization.js'),
  policy('new-id.js'),
  policy('prepare-database.js'),
  policy('secrets/hmac-key-hasher.js'),
  policy('secrets/postgres-secret-store.js'),
  import('@portcullis/service'),
]);

const [name = '', email = ''] = process.argv.slice(2);
const url = process.env.PORTCULLIS_POSTGRES_URL ?? '';
const masterKey = Buffer.from(process.env.PORTCULLIS_MASTER_KEY ?? '', 'base64');
const database = await Database.open({ url, applicationName: 'create-organization', maxConnections: 2 });
const store = new PostgresEventStore({ database, url, schema: SCHEMA });
const created = await database.transaction((session) =>
  createOrganization(
    {
      store,
      name,
      email,
      newId,
      secrets: new PostgresSecretStore(database, new SecretBox(masterKey)),
      hasher: new HmacKeyHasher(masterKey),
      now: () => new Date(),
    },
    session,
  ),
);
await store.close();
await database.close();
process.stdout.write(`${JSON.stringify(created)}\n`);
