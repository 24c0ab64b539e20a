import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';

const PASSWORD = 'correct horse battery';
let postgres: TestPostgres;
let rig: SignInRig;
let count = 0;
let cookie = '';

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
  rig.clock.now += 3_600_000;
  rig.activity.recorded.length = 0;
  await rig.person(`owner${count}@example.com`, PASSWORD, { acme: 'owner' });
  cookie = await rig.signIn(`owner${count}@example.com`, PASSWORD);
});

const guest = () => `guest${count}@example.com`;
const invite = async (email = guest(), role = 'auditor') =>
  (await rig.ask('/invitations', { method: 'POST', body: { email, role }, cookie })).body.data as {
    id: string;
    token: string;
    acceptUrl: string;
  };
const accept = (token: string, body: object = {}) =>
  rig.ask('/auth/accept-invitation', {
    method: 'POST',
    body: { token, name: 'Guest', password: PASSWORD, ...body },
  });

describe('an invitation', () => {
  it('lets somebody in who chooses a password, as what it says', async () => {
    const { token, acceptUrl } = await invite(guest().toUpperCase());
    expect(acceptUrl).toBe(`http://localhost:80/invitations/${token}`.replace(':80', ''));
    expect(await rig.ask(`/auth/invitations/${token}`)).toMatchObject({ status: 418 });
    const answer = await accept(token);
    expect([answer.status, answer.body.data]).toEqual([
      200,
      { user: { id: expect.any(String) as string, email: guest(), name: 'Guest' } },
    ]);
    expect((await rig.ask('/me', { cookie: answer.cookie })).body.data).toMatchObject({
      role: 'auditor',
      organization: { id: 'acme' },
    });
    expect(rig.commands.at(-1)).toMatchObject({
      tenantId: 'acme',
      actor: { type: 'user', id: `acme-owner${count}@example.com` },
      command: { type: 'AddMember', role: 'auditor' },
    });
    expect(rig.activity.recorded.map(({ type }) => type)).toEqual([
      'SignedIn',
      'InvitationCreated',
      'InvitationAccepted',
      'SignedIn',
    ]);
  });

  it('is kept as a digest, shown once, and not in a list', async () => {
    const { token } = await invite();
    expect(JSON.stringify(await rig.database.query('select * from api.invitations'))).not.toContain(token);
    expect((await rig.ask('/invitations', { cookie })).text).not.toContain(token);
    expect(JSON.stringify(rig.activity.recorded)).not.toContain(token);
  });

  it('is taken once, by however many at once', async () => {
    const { token } = await invite();
    const answers = await Promise.all(Array.from({ length: 8 }, () => accept(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await accept(token)).body.code).toBe('invitation.not_found');
  });

  it('asks who has an account for its password, and leaves that as it is', async () => {
    await rig.person(guest(), 'the password they have', { elsewhere: 'owner' });
    const { token } = await invite();
    expect((await accept(token)).body.code).toBe('auth.invalid_credentials');
    const answer = await accept(token, { password: 'the password they have' });
    const me = await rig.ask('/me', { cookie: answer.cookie });
    expect(me.body.data).toMatchObject({
      organizations: [
        { id: 'elsewhere', role: 'owner' },
        { id: 'acme', role: 'auditor' },
      ],
    });
  });

  it('ends: taken back, replaced, expired, or made by who may no longer', async () => {
    const first = await invite();
    const second = await invite();
    expect((await accept(first.token)).status).toBe(404);
    await rig.ask(`/invitations/${second.id}`, { method: 'DELETE', cookie });
    expect((await accept(second.token)).status).toBe(404);
    const third = await invite();
    await rig.database.query(
      `update api.invitations set expires_at = clock_timestamp() - interval '1 second'`,
    );
    expect((await accept(third.token)).status).toBe(404);
    const fourth = await invite();
    const answer = rig.answerCommand;
    rig.answerCommand = () => ({
      status: 403,
      body: { code: 'member.role_not_held', title: 'no', status: 403 },
    });
    expect((await accept(fourth.token)).body.code).toBe('member.role_not_held');
    rig.answerCommand = answer;
    expect((await accept(fourth.token)).status).toBe(200);
  });

  it("is nobody else's to see or take back", async () => {
    const { id } = await invite();
    await rig.person(`other${count}@example.com`, PASSWORD, { other: 'owner' });
    const foreign = await rig.signIn(`other${count}@example.com`, PASSWORD);
    expect((await rig.ask('/invitations', { cookie: foreign })).body.data).toEqual([]);
    expect((await rig.ask(`/invitations/${id}`, { method: 'DELETE', cookie: foreign })).status).toBe(404);
  });

  it('makes no owner for who is none, and needs a good password', async () => {
    await rig.person(`admin${count}@example.com`, PASSWORD, { acme: 'admin' });
    const admin = await rig.signIn(`admin${count}@example.com`, PASSWORD);
    const answer = await rig.ask('/invitations', {
      method: 'POST',
      body: { email: guest(), role: 'owner' },
      cookie: admin,
    });
    expect(answer.body.code).toBe('member.owner_required');
    const { token } = await invite();
    expect((await accept(token, { password: 'short' })).status).toBe(400);
    expect((await accept('x'.repeat(43))).status).toBe(404);
    expect((await accept('short')).status).toBe(400);
  });
});
