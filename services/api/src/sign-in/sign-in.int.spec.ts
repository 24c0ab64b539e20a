import { effectiveScopes, ROLE_SCOPES, SYSTEM_TENANT } from '@portcullis/contracts';
import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';

const PASSWORD = 'correct horse battery';
let postgres: TestPostgres;
let rig: SignInRig;
let count = 0;
let ana = '';

beforeAll(async () => {
  postgres = await startPostgres();
  rig = await SignInRig.start(postgres);
});
afterAll(async () => {
  await rig?.close();
  await postgres?.stop();
});
beforeEach(async () => {
  count += 1;
  ana = `ana${count}@example.com`;
  rig.clock.now += 3_600_000;
  rig.activity.recorded.length = 0;
  await rig.person(ana, PASSWORD, { acme: 'owner', other: 'auditor' });
});

const types = () => rig.activity.recorded.map(({ type, tenantId }) => `${type} ${tenantId}`);
const wrong = (email: string, headers: Record<string, string> = {}) =>
  rig.ask('/auth/sign-in', { method: 'POST', body: { email, password: 'something else' }, headers });

describe('signing in', () => {
  it('sets a cookie no script can read, which says who one is', async () => {
    const answer = await rig.ask('/auth/sign-in', {
      method: 'POST',
      body: { email: ana.toUpperCase(), password: PASSWORD },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ user: { email: ana } });
    expect(answer.text).not.toContain('token');
    const [cookie = ''] = [answer.headers['set-cookie']].flat() as string[];
    expect(cookie).toMatch(/^igris\.session_token=[^;]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/);
    const me = await rig.ask('/me', { cookie: answer.cookie });
    expect(me.body.data).toEqual({
      user: { id: expect.any(String) as string, email: ana, name: ana },
      apiKey: null,
      organization: { id: 'acme', name: 'Organization acme' },
      organizations: [
        { id: 'acme', name: 'Organization acme', role: 'owner' },
        { id: 'other', name: 'Organization other', role: 'auditor' },
      ],
      mayCreateOrganizations: true,
      role: 'owner',
      scopes: effectiveScopes(ROLE_SCOPES.owner),
    });
    expect(types()).toEqual(['SignedIn acme']);
  });

  it('keeps of the password a hash, and of the cookie what nobody can make one of', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    const rows = JSON.stringify([
      await rig.database.query('select * from api.login_sessions'),
      await rig.database.query('select * from api.accounts'),
      rig.activity.recorded,
    ]);
    expect(rows).not.toContain(PASSWORD);
    expect(rows).not.toContain(decodeURIComponent(cookie.split('=').slice(1).join('=')));
  });

  it('is refused alike, after the same work, for a wrong password and for no account', async () => {
    const before = rig.passwords.derivations;
    const known = await wrong(ana);
    const middle = rig.passwords.derivations;
    const unknown = await wrong(`nobody${count}@example.com`);
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    expect(known.body.code).toBe('auth.invalid_credentials');
    expect([middle - before, rig.passwords.derivations - middle]).toEqual([1, 1]);
    expect(known.cookie).toBeUndefined();
  });

  it('is on record where it failed: in the organizations of the account, else as a count', async () => {
    await wrong(ana);
    await until(() => types().length === 2);
    expect(types()).toEqual(['SignInFailed acme', 'SignInFailed other']);
    await wrong(`nobody${count}@example.com`);
    await until(() => rig.refused.sources > 0);
    await rig.refused.flush();
    expect(rig.activity.recorded.at(-1)).toMatchObject({
      type: 'SignInsRefused',
      tenantId: SYSTEM_TENANT,
      data: { reason: 'unknown_account', count: 1 },
    });
    expect(JSON.stringify(rig.activity.recorded)).not.toContain('nobody');
  });

  it('does not happen off the record', async () => {
    rig.activity.down = true;
    const answer = await rig.ask('/auth/sign-in', {
      method: 'POST',
      body: { email: ana, password: PASSWORD },
    });
    rig.activity.down = false;
    expect(answer.status).toBe(500);
    expect(answer.cookie).toBeUndefined();
    expect(
      await rig.database.query(
        `select 1 from api.login_sessions l join api.users u on u.id = l.user_id where u.email = $1`,
        [ana],
      ),
    ).toEqual([]);
  });

  it('leads nowhere for who is a member of nothing any more, or was only listed', async () => {
    const listed = `listed${count}@example.com`;
    await rig.accounts.create(listed, 'Listed', PASSWORD);
    rig.member('acme', listed, 'owner');
    const answer = await rig.ask('/auth/sign-in', {
      method: 'POST',
      body: { email: listed, password: PASSWORD },
    });
    expect([answer.status, answer.body.code]).toEqual([403, 'auth.no_organization']);
    expect(answer.cookie).toBeUndefined();
  });

  it.each([
    {},
    { email: ana },
    { email: 1, password: PASSWORD },
    { email: 'a@b.c', password: 'x'.repeat(300) },
    { email: 'x'.repeat(400), password: 'y' },
    { email: 'a@b.c', password: PASSWORD, extra: 1 },
  ])('refuses %j', async (body) => {
    expect((await rig.ask('/auth/sign-in', { method: 'POST', body })).status).toBe(400);
  });
});

describe('a login', () => {
  it('ends with signing out, and signing out again does no harm', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    const out = await rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie });
    expect(out.body.data).toEqual({ signedOut: true });
    expect(String(out.headers['set-cookie'])).toContain('Max-Age=0');
    expect((await rig.ask('/me', { cookie })).body.code).toBe('auth.invalid');
    expect((await rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie })).body.data).toEqual({
      signedOut: false,
    });
    expect((await rig.ask('/auth/sign-out', { method: 'POST', body: {} })).status).toBe(200);
    expect(types()).toEqual(['SignedIn acme', 'LoginEnded acme']);
  });

  it('ends when its time has come', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    await rig.database.query(
      `update api.login_sessions set expires_at = clock_timestamp() - interval '1 second'`,
    );
    expect((await rig.ask('/me', { cookie })).status).toBe(401);
    await rig.logins.sweep();
    expect(await rig.database.query('select 1 from api.login_sessions')).toEqual([]);
  });

  it.each([
    ['another signature', (cookie: string) => `${cookie.slice(0, -12)}AAAAAAAA%3D`],
    ['no signature', (cookie: string) => cookie.split('.').slice(0, 2).join('.')],
    ['two cookies', (cookie: string) => `igris.session_token=planted; ${cookie}`],
    ['nothing', () => 'igris.session_token='],
    ['a broken escape', () => 'igris.session_token=%E0%A4%A'],
    ['a very long one', () => `igris.session_token=${'a'.repeat(10_000)}`],
    ['another name', (cookie: string) => cookie.replace('igris.', 'other.')],
  ])('is not %s', async (_, change) => {
    const cookie = await rig.signIn(ana, PASSWORD);
    expect((await rig.ask('/me', { cookie: change(cookie) })).status).toBe(401);
  });

  it('is listed and ended by its person alone', async () => {
    const [laptop, phone] = [await rig.signIn(ana, PASSWORD), await rig.signIn(ana, PASSWORD)];
    const bo = `bo${count}@example.com`;
    await rig.person(bo, PASSWORD, { acme: 'owner' });
    const stranger = await rig.signIn(bo, PASSWORD);
    const sessions = (await rig.ask('/auth/sessions', { cookie: laptop })).body.data as {
      id: string;
      current: boolean;
    }[];
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const other = sessions.find(({ current }) => !current)?.id ?? '';
    expect((await rig.ask(`/auth/sessions/${other}`, { method: 'DELETE', cookie: stranger })).status).toBe(
      404,
    );
    expect((await rig.ask(`/auth/sessions/${other}`, { method: 'DELETE', cookie: laptop })).status).toBe(200);
    expect((await rig.ask('/me', { cookie: phone })).status).toBe(401);
    expect((await rig.ask('/me', { cookie: laptop })).status).toBe(200);
  });

  it('works in the organization that was chosen, of those that list the person', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    rig.member('foreign', 'somebody@example.com', 'owner');
    rig.member('foreign', ana, 'owner');
    const choose = (organizationId: string) =>
      rig.ask('/auth/organization', { method: 'POST', body: { organizationId }, cookie });
    expect((await choose('foreign')).status).toBe(404);
    expect((await choose('nowhere')).status).toBe(404);
    rig.activity.down = true;
    expect((await choose('other')).status).toBe(500);
    rig.activity.down = false;
    expect((await rig.ask('/me', { cookie })).body.data).toMatchObject({ organization: { id: 'acme' } });
    rig.activity.recorded.length = 0;
    expect((await choose('other')).status).toBe(200);
    expect((await choose('other')).status).toBe(200);
    expect(types()).toEqual(['OrganizationChosen other']);
    expect((await rig.ask('/me', { cookie })).body.data).toMatchObject({
      organization: { id: 'other' },
      role: 'auditor',
      scopes: effectiveScopes(ROLE_SCOPES.auditor),
    });
  });

  it('does nothing more in an organization the person was removed from, and is not moved to another', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    rig.rosters.get('acme')?.members.delete(ana);
    expect((await rig.ask('/members', { cookie })).body.code).toBe('auth.no_organization');
    await rig.ask('/auth/organization', { method: 'POST', body: { organizationId: 'other' }, cookie });
    expect((await rig.ask('/me', { cookie })).body.data).toMatchObject({ organization: { id: 'other' } });
  });

  it('has the rights of its role now, not of when it began', async () => {
    const cookie = await rig.signIn(ana, PASSWORD);
    rig.member('acme', ana, 'auditor');
    expect((await rig.ask('/members', { cookie })).body.code).toBe('auth.insufficient_scope');
  });
});

describe('changing the password', () => {
  it('needs the old one, ends the other logins and is on record', async () => {
    const [here, elsewhere] = [await rig.signIn(ana, PASSWORD), await rig.signIn(ana, PASSWORD)];
    const change = (currentPassword: string, newPassword: string) =>
      rig.ask('/auth/change-password', {
        method: 'POST',
        body: { currentPassword, newPassword },
        cookie: here,
      });
    expect((await change('not the password', 'another long password')).body.code).toBe(
      'auth.invalid_credentials',
    );
    expect((await change(PASSWORD, 'short')).status).toBe(400);
    expect((await change(PASSWORD, 'another long password')).body.data).toEqual({ endedSessions: 1 });
    expect((await rig.ask('/me', { cookie: elsewhere })).status).toBe(401);
    expect((await rig.ask('/me', { cookie: here })).status).toBe(200);
    expect((await wrong(ana)).status).toBe(401);
    expect(
      (await rig.ask('/auth/sign-in', { method: 'POST', body: { email: ana, password: PASSWORD } })).status,
    ).toBe(401);
    await rig.signIn(ana, 'another long password');
    expect(types()).toContain('PasswordChanged acme');
  });
});
