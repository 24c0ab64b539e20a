import { createHmac, randomBytes } from 'node:crypto';
import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';

const PASSWORD = 'correct horse battery';
let postgres: TestPostgres;
let rig: SignInRig;
let count = 0;
let ana = '';
let eve = '';

beforeAll(async () => {
  postgres = await startPostgres();
  rig = await SignInRig.start(postgres);
  rig.listWhoIsAdded();
});
afterAll(async () => {
  await rig?.close();
  await postgres?.stop();
});
beforeEach(async () => {
  count += 1;
  [ana, eve] = [`ana${count}@example.com`, `eve${count}@example.com`];
  rig.clock.now += 3_600_000;
  await rig.person(ana, PASSWORD, { acme: 'owner' });
  await rig.person(eve, PASSWORD, { evil: 'owner' });
});

const whoIs = async (cookie: string | undefined) => {
  const { status, body } = await rig.ask('/me', { cookie });
  return status === 200 ? (body.data as { user: { email: string } }).user.email : status;
};
const guess = (email: string, headers: Record<string, string> = {}) =>
  rig.ask('/auth/sign-in', { method: 'POST', body: { email, password: 'a guess at it' }, headers });
const told = ({ status, text, headers }: Awaited<ReturnType<typeof guess>>) => [
  status,
  text,
  headers['retry-after'],
];

describe('a cookie planted before somebody signs in', () => {
  it.each([
    ['made up', () => Promise.resolve(`igris.session_token=${randomBytes(24).toString('base64url')}`)],
    ["the attacker's own", () => rig.signIn(eve, PASSWORD)],
    [
      'of a login that has ended',
      async () => {
        const cookie = await rig.signIn(eve, PASSWORD);
        await rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie });
        return cookie;
      },
    ],
  ])('is not theirs afterwards: %s', async (_, plant) => {
    const planted = await plant();
    const before = await whoIs(planted);
    const { cookie } = await rig.ask('/auth/sign-in', {
      method: 'POST',
      body: { email: ana, password: PASSWORD },
      cookie: planted,
    });
    expect(cookie).not.toBe(planted);
    expect(await whoIs(cookie)).toBe(ana);
    expect(await whoIs(planted)).toBe(before);
    expect(before).not.toBe(ana);
  });
});

describe('a copy of the database', () => {
  it('holds no login', async () => {
    await rig.signIn(ana, PASSWORD);
    const [row] = await rig.database.query<{ id: string; token: string; cookie_digest: string }>(
      `select l.id, l.token, l.cookie_digest from api.login_sessions l join api.users u on u.id = l.user_id
       where u.email = $1`,
      [ana],
    );
    if (row === undefined) throw new Error('no login');
    const sign = (secret: string) => createHmac('sha256', secret).update(row.token).digest('base64');
    for (const value of [
      row.id,
      row.token,
      row.cookie_digest,
      `${row.token}.${sign('')}`,
      `${row.token}.${sign('the secret of another deployment, of good length')}`,
      `${row.token}.${sign(row.token)}`,
    ])
      expect(await whoIs(`igris.session_token=${encodeURIComponent(value)}`)).toBe(401);
  });
});

describe('guesses at a password', () => {
  it('end alike at an account and at none, and say nothing of which it is', async () => {
    const tries = async (email: string) => {
      const answers: unknown[] = [];
      for (let n = 0; n < 12; n += 1) answers.push(told(await guess(email)));
      return answers;
    };
    const [at, none] = [await tries(ana), await tries(`nobody${count}@example.com`)];
    expect(at).toEqual(none);
    expect(at.map((answer) => (answer as unknown[])[0])).toEqual([...Array<number>(10).fill(401), 429, 429]);
  });

  it('are counted by where they really come from', async () => {
    for (let n = 0; n < 10; n += 1) await guess(ana, { 'x-forwarded-for': `10.0.0.${n}` });
    expect((await guess(ana, { 'x-forwarded-for': '10.0.0.99', forwarded: 'for=10.0.0.98' })).status).toBe(
      429,
    );
  });

  it('are counted together, however the address is written', async () => {
    for (let n = 0; n < 10; n += 1) await guess(n % 2 ? ana.toUpperCase() : ana);
    expect((await guess(ana.replace('ana', 'Ana'))).status).toBe(429);
  });

  it('are no freer with a stolen cookie, or with an invitation', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    const change = () =>
      rig.ask('/auth/change-password', {
        method: 'POST',
        body: { currentPassword: 'a guess at it', newPassword: 'another long password' },
        cookie,
      });
    for (let n = 0; n < 10; n += 1) expect((await change()).status).toBe(401);
    expect((await change()).body.code).toBe('auth.too_many_attempts');

    const evil = await rig.signIn(eve, PASSWORD);
    const bo = `bo${count}@example.com`;
    await rig.person(bo, PASSWORD, { acme: 'auditor' });
    const { token } = (
      await rig.ask('/invitations', { method: 'POST', body: { email: bo, role: 'auditor' }, cookie: evil })
    ).body.data as { token: string };
    const accept = () =>
      rig.ask('/auth/accept-invitation', { method: 'POST', body: { token, password: 'a guess at it' } });
    for (let n = 0; n < 10; n += 1) expect((await accept()).status).toBe(401);
    expect((await accept()).body.code).toBe('auth.too_many_attempts');
    expect(rig.rosters.get('evil')?.members.has(bo)).toBe(false);
  });
});

describe('an invitation', () => {
  const invite = async (cookie: string, email: string, role = 'auditor') =>
    rig.ask('/invitations', { method: 'POST', body: { email, role }, cookie });

  it('is made alike for who has an account and who has none', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    const shown = async (email: string) => {
      const { status, body } = await invite(cookie, email);
      return [status, Object.keys(body.data as object)];
    };
    expect(await shown(eve)).toEqual(await shown(`nobody${count}@example.com`));
  });

  it.each([
    { email: 'mallory@example.com' },
    { role: 'owner' },
    { organizationId: 'other' },
    { tenantId: 'other' },
  ])('says itself whom it lets in where as what: %j is refused', async (extra) => {
    const cookie = await rig.signIn(ana, PASSWORD);
    const { token } = (await invite(cookie, `guest${count}@example.com`)).body.data as { token: string };
    const commands = rig.commands.length;
    const answer = await rig.ask('/auth/accept-invitation', {
      method: 'POST',
      body: { token, name: 'Mallory', password: PASSWORD, ...extra },
    });
    expect(answer.status).toBe(400);
    expect(rig.commands).toHaveLength(commands);
  });

  it('makes who is signed in as another no member of anything', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    const evil = await rig.signIn(eve, PASSWORD);
    const guest = `guest${count}@example.com`;
    const { token } = (await invite(cookie, guest)).body.data as { token: string };
    const answer = await rig.ask('/auth/accept-invitation', {
      method: 'POST',
      body: { token, name: 'Guest', password: PASSWORD },
      cookie: evil,
    });
    expect(await whoIs(answer.cookie)).toBe(guest);
    expect(await whoIs(evil)).toBe(eve);
    const organizations = async (of: string | undefined) =>
      ((await rig.ask('/me', { cookie: of })).body.data as { organizations: unknown }).organizations;
    expect(await organizations(evil)).toMatchObject([{ id: 'evil', role: 'owner' }]);
    expect(await organizations(answer.cookie)).toMatchObject([{ id: 'acme', role: 'auditor' }]);
  });

  it.each(['admin', 'developer', 'ciso', 'auditor'] as const)('by %s makes no owner', async (role) => {
    const member = `${role}${count}@example.com`;
    await rig.person(member, PASSWORD, { acme: role });
    const answer = await invite(await rig.signIn(member, PASSWORD), `guest${count}@example.com`, 'owner');
    expect(answer.status).toBe(403);
  });
});
