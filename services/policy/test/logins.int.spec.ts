import {
  AUTHENTICATE_PATH,
  DECIDE_PATH,
  LOGINS_ENDED_PATH,
  MEMBERSHIPS_PATH,
  decideResponseSchema,
  type Login,
} from '@portcullis/contracts';
import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DecideDeployment, type Replica } from './decide-deployment.js';
import { toolCall } from './decide-rig.js';
import { furnish } from './furnish.js';
import { TENANT, digestOf } from './policy-history.js';

const EMAIL = 'ana@example.com';
const login: Login = {
  sessionId: 's1',
  email: EMAIL,
  tenantId: TENANT,
  expiresAt: '2099-01-01T00:00:00.000Z',
};

describe('login cookies on the decide side', () => {
  let postgres: TestPostgres;
  let deployment: DecideDeployment;
  /** What the api service knows, by digest; and how often it was asked. */
  let logins: Map<string, Login>;
  let asked: number;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    deployment = await DecideDeployment.open(await postgres.createDatabase());
    await furnish(deployment);
    await deployment.add('MemberAdded', { memberId: 'ana', email: EMAIL, name: 'Ana', role: 'developer' });
    logins = new Map([[digestOf('cookie'), login]]);
    asked = 0;
  });
  afterEach(() => deployment.close());

  const replica = (name = 'one') =>
    deployment.replica(name, (digest) => {
      asked += 1;
      return Promise.resolve(logins.get(digest) ?? null);
    });
  const credential = { type: 'cookie', digest: digestOf('cookie') };
  const call = async (on: Replica) => {
    const { status, body } = await on.post(DECIDE_PATH, { ...toolCall(), credential });
    expect(status).toBe(200);
    const answer = decideResponseSchema.parse(body);
    return answer.decision === 'allow' ? 'allow' : answer.reason;
  };
  const end = (
    on: Replica,
    body: unknown = { email: EMAIL, logins: [{ sessionId: 's1', tenantId: TENANT }] },
  ) => on.post(LOGINS_ENDED_PATH, body);

  it('goes on with a login over a restart, and not with one that ended meanwhile', async () => {
    logins.set(digestOf('other'), { ...login, sessionId: 's2' });
    const before = await replica();
    expect(await call(before)).toBe('allow');
    await before.stop();

    const after = await replica();
    expect(await call(after)).toBe('allow');
    await after.stop();

    logins.delete(digestOf('cookie'));
    const last = await replica();
    expect(await call(last)).toBe('auth.invalid');
    const { body } = await last.post(AUTHENTICATE_PATH, {
      credential: { type: 'cookie', digest: digestOf('other') },
    });
    expect(body).toMatchObject({ principal: { type: 'user', id: 'ana', tenantId: TENANT } });
  });

  it('refuses rather than guesses while the api service cannot be asked, and asks again', async () => {
    let down = true;
    const one = await deployment.replica('one', () =>
      down ? Promise.reject(new Error('down')) : Promise.resolve(login),
    );
    expect(await one.post(DECIDE_PATH, { ...toolCall(), credential })).toMatchObject({
      status: 503,
      body: { code: 'policy.unavailable' },
    });
    down = false;
    expect(await call(one)).toBe('allow');
  });

  it('drops a login that ended at once, and tells gateways to close what is open for its person', async () => {
    const one = await replica();
    const gateway = await one.control('gw');
    expect([await call(one), await call(one), asked]).toEqual(['allow', 'allow', 1]);
    // The api service itself may still give the old answer: what ended stays ended.
    expect((await end(one)).status).toBe(200);
    expect(await call(one)).toBe('auth.invalid');
    expect(asked).toBe(2);
    expect(await gateway.next('stop')).toMatchObject({
      reach: { tenantId: TENANT, keyId: 'ana' },
      mode: 'stop',
    });
  });

  it('goes on with a login in another organization, and back, and closes what is open in the one it left', async () => {
    const one = await replica();
    const gateway = await one.control('gw');
    const move = (from: string, to: string) => {
      logins.set(digestOf('cookie'), { ...login, tenantId: to });
      return end(one, { email: EMAIL, logins: [{ sessionId: 's1', tenantId: from, goesOn: true }] });
    };
    expect(await call(one)).toBe('allow');
    expect((await move(TENANT, 'another')).status).toBe(200);
    expect(await call(one)).not.toBe('allow');
    expect(await gateway.next('stop')).toMatchObject({ reach: { tenantId: TENANT, keyId: 'ana' } });
    await move('another', TENANT);
    expect([await call(one), asked]).toEqual(['allow', 3]);
  });

  it('leaves other logins, people and organizations alone when one ends', async () => {
    const one = await replica();
    const gateway = await one.control('gw');
    expect(await call(one)).toBe('allow');
    await end(one, { email: EMAIL, logins: [{ sessionId: 's9', tenantId: 'org-of-nobody' }] });
    await end(one, { email: 'nobody@example.com', logins: [{ sessionId: 's8', tenantId: TENANT }] });
    expect([await call(one), asked]).toEqual(['allow', 1]);
    // Orders come in order: had there been one before, it would be the first.
    await end(one);
    expect(await gateway.next('stop')).toMatchObject({ reach: { tenantId: TENANT, keyId: 'ana' } });
    expect(gateway.messages.filter(({ type }) => type === 'stop')).toHaveLength(1);
  });

  it.each([
    ['no JSON', '{', 400],
    ['no logins', { email: EMAIL }, 400],
    [
      'more logins than a person has',
      { email: EMAIL, logins: Array.from({ length: 201 }, () => ({ sessionId: 's', tenantId: 't' })) },
      400,
    ],
    ['a body beyond its limit', ' '.repeat(64 * 1024 + 1), 413],
  ])('refuses an end with %s', async (_, body, status) => {
    const one = await replica();
    expect((await end(one, body)).status).toBe(status);
    expect(await call(one)).toBe('allow');
  });

  it('lets a cookie do what its role may do now, and nothing once its member is removed', async () => {
    const one = await replica();
    const gateway = await one.control('gw');
    const memberships = async () =>
      (await one.post(MEMBERSHIPS_PATH, { email: EMAIL.toUpperCase(), tenantIds: ['none', TENANT] })).body;
    expect(await call(one)).toBe('allow');
    await one.reached(
      await deployment.add('MemberRoleChanged', { memberId: 'ana', before: 'developer', after: 'auditor' }),
    );
    expect(await call(one)).toBe('auth.insufficient_scope');
    expect(await memberships()).toMatchObject({
      memberships: [{ organization: { id: TENANT }, memberId: 'ana', role: 'auditor' }],
    });
    expect(await gateway.next('stop')).toMatchObject({ reach: { tenantId: TENANT, keyId: 'ana' } });

    await one.reached(
      await deployment.add('MemberRoleChanged', { memberId: 'ana', before: 'auditor', after: 'developer' }),
    );
    expect(await call(one)).toBe('allow');
    await one.reached(await deployment.add('MemberRemoved', { memberId: 'ana', email: EMAIL }));
    expect(await call(one)).toBe('auth.invalid');
    expect(await memberships()).toEqual({ memberships: [] });
    await until(() => gateway.messages.filter(({ type }) => type === 'stop').length === 2, {
      describe: 'the second order',
    });
    // All of it from one look-up: a role is the organization's matter, not the login's.
    expect(asked).toBe(1);
  });

  it('tells of memberships only what is up to date and well asked', async () => {
    const one = await replica();
    const asking = { email: EMAIL, tenantIds: [TENANT] };
    expect((await one.post(MEMBERSHIPS_PATH, { email: EMAIL })).status).toBe(400);
    expect((await one.post(MEMBERSHIPS_PATH, '{')).status).toBe(400);
    expect((await one.open(MEMBERSHIPS_PATH, '', 'GET')).resume().statusCode).toBe(405);
    one.ahead = 60_000;
    expect(await one.post(MEMBERSHIPS_PATH, asking)).toMatchObject({
      status: 503,
      body: { code: 'policy.unavailable' },
    });
  });
});
