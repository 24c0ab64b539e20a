import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Database } from '@portcullis/postgres';
import { buildService, startPostgres, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountsPool } from './open-logins.js';
import { Accounts } from './sign-in/accounts.js';
import { PostgresLoginStore } from './sign-in/postgres-login-store.js';

const ENTRY = fileURLToPath(new URL('../dist/create-person.js', import.meta.url));
const SECRET = 'a secret of the deployment that is long enough';
const PASSWORD = 'correct horse battery';
const ANA = { email: 'Ana@Example.com', password: PASSWORD, organizationId: 'acme' };

let postgres: TestPostgres;
let url = '';
let database: Database;
let pool: ReturnType<typeof accountsPool>;

beforeAll(async () => {
  buildService('api');
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  database = await Database.open({ url, applicationName: 'test' });
  pool = accountsPool(url);
});
afterAll(async () => {
  await pool?.end();
  await database?.close();
  await postgres?.stop();
});

/** What it does with what it is given on standard input. */
async function createPerson(input: unknown, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [ENTRY], {
    env: { PATH: process.env['PATH'], PORTCULLIS_POSTGRES_URL: url, PORTCULLIS_LOGIN_SECRET: SECRET, ...env },
  });
  // It may have ended before it read all.
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof input === 'string' ? input : JSON.stringify(input));
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { stdout, stderr, code };
}

const signIn = (email: string, password: string) =>
  new Accounts({ pool, secret: SECRET, secure: true, sessionHours: 1 }).signIn(
    email,
    password,
    { address: '10.0.0.1', userAgent: 'test' },
    { isKnown: false, attempts: 0 },
  );
const people = () => database.query<{ email: string }>('select email from api.users order by email');

describe('creating a person', () => {
  it('lets a member sign in; again is no error, and leaves the password as it is', async () => {
    const created = { stdout: '{"created":true}\n', stderr: '', code: 0 };
    expect(await createPerson(ANA)).toEqual(created);
    expect(await signIn('ana@example.com', PASSWORD)).not.toBeNull();
    const again = { ...ANA, email: 'ana@example.com', password: 'another long password' };
    expect(await createPerson(again)).toEqual({ ...created, stdout: '{"created":false}\n' });
    expect(await signIn('ana@example.com', 'another long password')).toBeNull();
    expect(await signIn('ana@example.com', PASSWORD)).not.toBeNull();
    expect(await new PostgresLoginStore(database).findUser('ana@example.com')).toMatchObject({
      name: 'Owner',
      joined: ['acme'],
    });
  });

  it('lets who has an account into another organization', async () => {
    await createPerson({ ...ANA, email: 'both@example.com', name: 'Bo' });
    await createPerson({ ...ANA, email: 'both@example.com', organizationId: 'other' });
    expect(await new PostgresLoginStore(database).findUser('both@example.com')).toMatchObject({
      name: 'Bo',
      joined: ['acme', 'other'],
    });
  });

  it('is done once by however many at once', async () => {
    const person = { ...ANA, email: 'race@example.com' };
    const ended = await Promise.all(Array.from({ length: 3 }, () => createPerson(person)));
    expect(ended.map(({ stderr, code }) => [stderr, code])).toEqual(Array(3).fill(['', 0]));
    expect((await people()).filter(({ email }) => email === 'race@example.com')).toHaveLength(1);
  });

  it('takes what the bootstrap of the policy service prints: once a person, then that there is none', async () => {
    const printed = { ...ANA, email: 'first@example.com', apiKey: 'ig_a', agentKey: 'ig_b' };
    expect((await createPerson(`starting\n${JSON.stringify(printed)}\n`)).code).toBe(0);
    expect(await signIn('first@example.com', PASSWORD)).not.toBeNull();
    expect(await createPerson({ created: false })).toEqual({
      stdout: '{"created":false}\n',
      stderr: '',
      code: 0,
    });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', `my password is ${PASSWORD}`],
    ['a list', []],
    ['nobody', {}],
    ['no address', { ...ANA, email: 'ana' }],
    ['an address with a line in it', { ...ANA, email: 'ana@example.com\nbo@example.com' }],
    ['a weak password', { ...ANA, email: 'weak@example.com', password: 'elevenchars' }],
    ['a password too long', { ...ANA, email: 'long@example.com', password: 'x'.repeat(257) }],
    ['no organization', { ...ANA, organizationId: '' }],
    ['a name of nothing', { ...ANA, name: '   ' }],
    ['more than it reads', JSON.stringify({ ...ANA, name: 'x'.repeat(70_000) })],
  ])('refuses %s in one line that tells none of it, and makes nobody', async (_, input) => {
    const before = await people();
    expect(await createPerson(input)).toEqual({
      stdout: '',
      stderr:
        'portcullis create-person: the input is not { email, password, organizationId } with a password of 12 to 256 characters\n',
      code: 1,
    });
    expect(await people()).toEqual(before);
  });

  it.each([
    ['no secret', { PORTCULLIS_LOGIN_SECRET: '' }],
    ['a short secret', { PORTCULLIS_LOGIN_SECRET: 'short and telling' }],
    ['no database', { PORTCULLIS_POSTGRES_URL: '' }],
  ])('says that it is set up wrong, with %s', async (_, env) => {
    const { stdout, stderr, code } = await createPerson(ANA, env);
    expect({ stdout, code }).toEqual({ stdout: '', code: 78 });
    expect(stderr).toMatch(/^portcullis create-person: .+$/s);
    expect(stderr).toContain(Object.keys(env)[0]);
    expect(stderr).not.toContain('short and telling');
  });
});
