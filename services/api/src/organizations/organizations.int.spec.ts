import { ROLES, type Command, type Role } from '@portcullis/contracts';
import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';
import { ORGANIZATION_CREATORS, type OrganizationCreationRules } from './organization-creation.js';

const PASSWORD = 'correct horse battery';
const MOST = 3;
let postgres: TestPostgres;
let rig: SignInRig;
let count = 0;
let refusal: { status: number; code: string } | null = null;

beforeAll(async () => {
  postgres = await startPostgres();
  rig = await SignInRig.start(postgres);
  // As the policy service does: one organization an id, with its creator as the owner.
  rig.answerCommand = (command: Command, tenantId) => {
    if (command.type !== 'CreateOrganization')
      return { status: 418, body: { code: 'stand_in.reached', title: 'reached', status: 418 } };
    if (refusal !== null) return { status: refusal.status, body: { ...refusal, title: 'refused' } };
    if (rig.rosters.has(tenantId))
      return { status: 409, body: { code: 'organization.exists', title: 'exists', status: 409 } };
    rig.member(tenantId, command.owner.email, 'owner');
    return {
      status: 200,
      body: {
        data: {
          id: tenantId,
          name: command.name,
          defaultAction: 'deny',
          createdAt: '2026-01-01T00:00:00.000Z',
        },
        position: 7,
        propagated: true,
      },
    };
  };
});
afterAll(async () => {
  await rig?.close();
  await postgres?.stop();
});
beforeEach(() => {
  count += 1;
  refusal = null;
  rules({ creators: 'owners', mostEach: MOST });
});

const rules = (next: OrganizationCreationRules) => Object.assign(rig.organizationCreation, next);
async function signedIn(role: Role): Promise<string> {
  const email = `${role}-${count}@example.com`;
  await rig.person(email, PASSWORD, { [`home-${count}`]: role });
  return rig.signIn(email, PASSWORD);
}
const create = (cookie: string, name = 'Second', headers: Record<string, string> = {}) =>
  rig.ask('/organizations', { method: 'POST', body: { name }, cookie, headers });

describe('creating an organization', () => {
  it('makes its creator the owner, who can work there at once', async () => {
    const cookie = await signedIn('owner');
    const answer = await create(cookie);
    expect([answer.status, answer.body.meta]).toEqual([201, { position: 7 }]);
    const { id } = answer.body.data as { id: string };
    expect((await rig.ask('/me', { cookie })).body.data).toMatchObject({
      organization: { id: `home-${count}` },
      mayCreateOrganizations: true,
    });
    expect(
      (await rig.ask('/auth/organization', { method: 'POST', body: { organizationId: id }, cookie })).status,
    ).toBe(200);
    expect((await rig.ask('/me', { cookie })).body.data).toMatchObject({
      organization: { id },
      role: 'owner',
    });
    expect(rig.commands.at(-1)).toMatchObject({
      tenantId: id,
      command: { type: 'CreateOrganization', name: 'Second', owner: { email: `owner-${count}@example.com` } },
    });
  });

  describe.each(ORGANIZATION_CREATORS)('where %s may', (creators) => {
    it.each(ROLES)('as %s', async (role) => {
      rules({ creators, mostEach: MOST });
      const cookie = await signedIn(role);
      const may = creators === 'members' || (creators === 'owners' && role === 'owner');
      expect((await rig.ask('/me', { cookie })).body.data).toMatchObject({ mayCreateOrganizations: may });
      const before = rig.commands.length;
      const answer = await create(cookie);
      expect([answer.status, answer.body.code]).toEqual(
        may ? [201, undefined] : [403, 'organization.creation_forbidden'],
      );
      expect(rig.commands.length - before).toBe(may ? 1 : 0);
    });
  });

  it('is not for who was an owner, and is a member of nothing any more', async () => {
    rules({ creators: 'members', mostEach: MOST });
    const cookie = await signedIn('owner');
    rig.rosters.delete(`home-${count}`);
    expect((await create(cookie)).body.code).toBe('organization.creation_forbidden');
  });

  it('happens once for an Idempotency-Key, to its person', async () => {
    const [cookie, key] = [await signedIn('owner'), { 'idempotency-key': 'one' }];
    const { id } = (await create(cookie, 'Second', key)).body.data as { id: string };
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    await create(cookie, 'Second', key);
    expect(rig.commands.slice(-2).map(({ tenantId }) => tenantId)).toEqual([id, id]);
    count += 1;
    const other = (await create(await signedIn('owner'), 'Second', key)).body.data as { id: string };
    expect(other.id).not.toBe(id);
  });

  it('is bounded for each person, however many ask at once', async () => {
    const cookie = await signedIn('owner');
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(cookie)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(MOST);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code))).toEqual(
      new Set(['organization.limit_reached']),
    );
  });

  it('does not count what was refused, and counts what may have been made', async () => {
    const cookie = await signedIn('owner');
    const joined = async () => (await rig.logins.findUser(`owner-${count}@example.com`))?.joined.length;
    refusal = { status: 422, code: 'command.refused' };
    expect((await create(cookie)).body.code).toBe('command.refused');
    expect(await joined()).toBe(1);
    refusal = { status: 503, code: 'policy.unavailable' };
    expect((await create(cookie, 'Second', { 'idempotency-key': 'lost' })).status).toBe(503);
    expect(await joined()).toBe(2);
    refusal = null;
    expect((await create(cookie, 'Second', { 'idempotency-key': 'lost' })).status).toBe(201);
    expect(await joined()).toBe(2);
  });

  it.each([
    {},
    { name: '' },
    { name: ' ' },
    { name: 'x'.repeat(201) },
    { name: 1 },
    { name: 'x', id: 'acme' },
  ])('refuses %j', async (body) => {
    expect(
      (await rig.ask('/organizations', { method: 'POST', body, cookie: await signedIn('owner') })).status,
    ).toBe(400);
  });
});
