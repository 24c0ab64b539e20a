import { randomUUID } from 'node:crypto';
import {
  apiKeyViewSchema,
  connectionViewSchema,
  effectiveRuleViewSchema,
  killSwitchViewSchema,
  memberViewSchema,
  organizationViewSchema,
  policyVersionViewSchema,
  policyViewSchema,
  type ApiKeyView,
  type ConnectionView,
  type EffectiveRuleView,
  type KillSwitchView,
  type MemberView,
  type PolicyView,
} from '@portcullis/contracts';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HmacKeyHasher } from '../src/secrets/hmac-key-hasher.js';
import { callBatch } from './call-records.js';
import { createApiKey, createConnection, createPolicy, documentNamed } from './samples.js';
import { MASTER_KEY, WriteDeployment, type Tenant } from './write-deployment.js';

describe('commands and queries', () => {
  let deployment: WriteDeployment;
  let acme: Tenant;
  beforeAll(async () => {
    deployment = await WriteDeployment.open();
    acme = await deployment.tenant();
  });
  afterAll(() => deployment.close());

  const data = async <T>(result: Promise<{ data: unknown }>) => (await result).data as T;
  const list = <T>(query: Parameters<Tenant['query']>[0]) => data<T[]>(acme.query(query));

  it('create an organization with its creator as the owner, once for a key', async () => {
    const tenantId = randomUUID();
    const command = {
      type: 'CreateOrganization' as const,
      name: 'Second',
      owner: { email: 'Ana@Example.com', name: 'Ana' },
    };
    const envelope = {
      tenantId,
      actor: { type: 'user' as const, id: 'who-ana-is-elsewhere', name: 'Ana' },
      command,
      idempotencyKey: 'second',
    };
    const created = await deployment.writeSide.commands.dispatch(envelope);
    expect(created).toMatchObject({
      data: { id: tenantId, name: 'Second', defaultAction: 'deny' },
      propagated: true,
    });
    const { data: members } = await deployment.writeSide.queries.dispatch({
      tenantId,
      query: { type: 'members', limit: 50 },
    });
    expect(members).toMatchObject([{ email: 'ana@example.com', name: 'Ana', role: 'owner' }]);
    // Who founded it is known there as its member.
    const [owner] = members as MemberView[];
    const { events } = await deployment.store.read(`organization-${tenantId}`);
    expect(events.map(({ type, actor }) => [type, actor])).toEqual([
      ['OrganizationCreated', { type: 'user', id: owner?.id, name: 'Ana' }],
    ]);

    expect(await deployment.writeSide.commands.dispatch(envelope)).toMatchObject({
      data: created.data,
      position: created.position,
    });
    await expect(
      deployment.writeSide.commands.dispatch({ ...envelope, idempotencyKey: null }),
    ).rejects.toMatchObject({ code: 'organization.exists' });
    expect((await deployment.store.read(`organization-${tenantId}`)).events).toHaveLength(1);
  });

  it('rename an organization and change its default', async () => {
    const renamed = await acme.command({ type: 'RenameOrganization', name: 'Acme Inc' });
    expect(renamed).toMatchObject({
      data: { id: acme.id, name: 'Acme Inc', defaultAction: 'deny' },
      propagated: true,
    });
    await acme.command({ type: 'ChangeOrganizationDefault', defaultAction: 'alert' });
    const view = organizationViewSchema.strict().parse(await data(acme.query({ type: 'organization' })));
    expect(view).toMatchObject({ name: 'Acme Inc', defaultAction: 'alert' });
    await acme.command({ type: 'ChangeOrganizationDefault', defaultAction: 'deny' });
  });

  it('answer with the position something has when nothing happens, and store nothing', async () => {
    const { position } = await acme.command({ type: 'RenameOrganization', name: 'Acme Ltd' });
    const before = await deployment.store.lastPosition();
    const again = await acme.command({ type: 'RenameOrganization', name: 'Acme Ltd' });
    expect(again).toMatchObject({ position, propagated: true, data: { name: 'Acme Ltd' } });
    expect(await deployment.store.lastPosition()).toBe(before);
  });

  it('add, change and remove members', async () => {
    const member = memberViewSchema
      .strict()
      .parse(
        await data<MemberView>(
          acme.command({ type: 'AddMember', email: 'Bo@Example.com', name: 'Bo', role: 'developer' }),
        ),
      );
    expect(member.email).toBe('bo@example.com');
    await acme.command({ type: 'ChangeMemberRole', memberId: member.id, role: 'ciso' });
    expect(
      (await list<MemberView>({ type: 'members', limit: 50 })).find(({ id }) => id === member.id)?.role,
    ).toBe('ciso');
    const removed = await acme.command({ type: 'RemoveMember', memberId: member.id });
    expect(removed.data).toMatchObject({ id: member.id, email: 'bo@example.com', role: 'ciso' });
    expect((await list<MemberView>({ type: 'members', limit: 50 })).map(({ id }) => id)).not.toContain(
      member.id,
    );
    await expect(acme.command({ type: 'RemoveMember', memberId: member.id })).rejects.toMatchObject({
      code: 'member.not_found',
    });
  });

  it('create API keys, shown once and usable at once, and revoke them', async () => {
    const created = apiKeyViewSchema
      .extend({ secret: z.string().regex(/^ig_[0-9A-Za-z]{40}$/) })
      .strict()
      .parse(
        await data(acme.command(createApiKey('CI', { agent: 'builder', boundUser: 'ana@example.com' }))),
      );
    expect(created).toMatchObject({
      label: 'CI',
      agent: 'builder',
      boundUser: 'ana@example.com',
      revokedAt: null,
      lastUsedAt: null,
    });
    expect(created.secret.startsWith(created.prefix)).toBe(true);
    expect(created.ownerId).toBe(
      deployment.deciding.state.organizations.get(acme.id)?.members.keys().next().value,
    );
    const digest = createHash('sha256').update(created.secret).digest('hex');
    const { state } = deployment.deciding;
    expect(state.keysByHash.get(new HmacKeyHasher(MASTER_KEY).hash(digest))?.id).toBe(created.id);

    const shown = apiKeyViewSchema
      .strict()
      .parse(await data(acme.query({ type: 'apiKey', keyId: created.id })));
    expect(shown).not.toHaveProperty('secret');
    const revoked = await data<ApiKeyView>(acme.command({ type: 'RevokeApiKey', keyId: created.id }));
    expect(revoked.revokedAt).not.toBeNull();
    const ids = async (includeRevoked: boolean) =>
      (await list<ApiKeyView>({ type: 'apiKeys', includeRevoked, limit: 50 })).map(({ id }) => id);
    expect(await ids(false)).not.toContain(created.id);
    expect(await ids(true)).toContain(created.id);
  });

  it('let nobody make a key that may more than themselves', async () => {
    const limited = await data<ApiKeyView>(
      acme.command(createApiKey('limited', { scopes: ['keys:write', 'policies:read'] })),
    );
    const actor = { type: 'api_key', id: limited.id } as const;
    await expect(acme.command(createApiKey('more', { scopes: ['admin'] }), { actor })).rejects.toMatchObject({
      code: 'api_key.scope_not_held',
    });
    await expect(
      acme.command(createApiKey('more', { scopes: ['policies:write'] }), { actor }),
    ).rejects.toMatchObject({ code: 'api_key.scope_not_held' });
    expect(await acme.command(createApiKey('agent', { scopes: ['mcp'] }), { actor })).toMatchObject({
      propagated: true,
    });
    await acme.command({ type: 'RevokeApiKey', keyId: limited.id });
    await expect(acme.command(createApiKey('late', { scopes: ['mcp'] }), { actor })).rejects.toMatchObject({
      code: 'api_key.scope_not_held',
    });
    for (const stranger of [
      { type: 'api_key', id: 'nobody' },
      { type: 'user', id: 'nobody' },
      { type: 'service', id: 'policy' },
    ] as const) {
      await expect(
        acme.command(createApiKey('x', { scopes: ['mcp'] }), { actor: stranger }),
      ).rejects.toMatchObject({ code: 'api_key.scope_not_held' });
    }
  });

  it('let members make keys by their role', async () => {
    const admin = await data<MemberView>(
      acme.command({ type: 'AddMember', email: 'admin@example.com', name: 'Ad', role: 'admin' }),
    );
    const auditor = await data<MemberView>(
      acme.command({ type: 'AddMember', email: 'auditor@example.com', name: 'Au', role: 'auditor' }),
    );
    const made = await data<ApiKeyView>(
      acme.command(createApiKey('by admin', { scopes: ['policies:write'] }), {
        actor: { type: 'user', id: admin.id },
      }),
    );
    expect(made.ownerId).toBe(admin.id);
    await expect(
      acme.command(createApiKey('by auditor'), { actor: { type: 'user', id: auditor.id } }),
    ).rejects.toMatchObject({ code: 'api_key.scope_not_held' });
  });

  it('limit keys to connections, named by id or slug', async () => {
    const { id } = await data<ConnectionView>(acme.command(createConnection('limited-to')));
    const key = await data<ApiKeyView>(
      acme.command(createApiKey('limited', { connections: ['limited-to', id] })),
    );
    expect(key.connections).toEqual([id]);
    await expect(
      acme.command(createApiKey('nowhere', { connections: ['no-such-slug'] })),
    ).rejects.toMatchObject({ code: 'connection.not_found' });
  });

  it('create, change and delete connections', async () => {
    const created = connectionViewSchema
      .strict()
      .parse(
        await data(
          acme.command(createConnection('github', { authType: 'bearer', credential: 'gh-token-1' })),
        ),
      );
    expect(created).toMatchObject({
      slug: 'github',
      hasCredential: true,
      enabled: true,
      identity: { mode: 'none' },
      errorProfile: 'auto',
    });
    const state = () => deployment.deciding.state.organizations.get(acme.id)?.connections.get(created.id);
    expect(state()?.credential?.open()).toBe('gh-token-1');

    await acme.command({
      type: 'ChangeConnection',
      connectionId: created.id,
      credential: 'gh-token-2',
      name: 'GitHub',
    });
    expect(state()?.credential?.open()).toBe('gh-token-2');
    const off = await data<ConnectionView>(
      acme.command({ type: 'ChangeConnection', connectionId: created.id, enabled: false }),
    );
    expect(off).toMatchObject({ name: 'GitHub', enabled: false, hasCredential: true });
    const open = await data<ConnectionView>(
      acme.command({ type: 'ChangeConnection', connectionId: created.id, authType: 'none', enabled: true }),
    );
    expect(open).toMatchObject({
      authType: 'none',
      hasCredential: false,
      credentialRotatedAt: null,
      enabled: true,
    });
    expect(state()?.credential).toBeNull();

    for (const connection of [created.id, 'github']) {
      expect(await data<ConnectionView>(acme.query({ type: 'connection', connection }))).toEqual(open);
    }
    const deleted = await data<ConnectionView>(
      acme.command({ type: 'DeleteConnection', connectionId: created.id }),
    );
    expect(deleted.slug).toBe('github');
    await expect(acme.query({ type: 'connection', connection: 'github' })).rejects.toMatchObject({
      code: 'connection.not_found',
    });
    // The slug is free again.
    const again = await data<ConnectionView>(acme.command(createConnection('github')));
    expect(again.id).not.toBe(created.id);
  });

  it.each([
    'http://127.0.0.1:9/',
    'http://localhost/',
    'http://169.254.169.254/',
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://2130706433/',
  ])('refuse an upstream at %s', async (upstreamUrl) => {
    await expect(acme.command(createConnection('inside', { upstreamUrl }))).rejects.toMatchObject({
      code: 'connection.upstream_forbidden',
      issues: [{ pointer: '/upstreamUrl' }],
    });
  });

  it.each(['line\nbreak', ' blank', 'ünicode', '\u0000'])('refuse the credential %j', async (credential) => {
    await expect(
      acme.command(createConnection('bad-credential', { authType: 'bearer', credential })),
    ).rejects.toMatchObject({ code: 'connection.credential_invalid' });
  });

  it('publish, roll back, order and delete policies', async () => {
    await acme.command(createConnection('governed'));
    const created = policyViewSchema
      .strict()
      .parse(await data(acme.command(createPolicy('First', 'governed'))));
    expect(created).toMatchObject({
      name: 'First',
      connection: 'governed',
      version: 1,
      active: true,
      order: 0,
      document: { engine: 'native', version: 1 },
    });
    const second = await data<PolicyView>(acme.command(createPolicy('Second', 'governed')));
    expect(second.order).toBe(1);

    const published = await data<PolicyView>(
      acme.command({
        type: 'PublishPolicy',
        policyId: created.id,
        document: documentNamed('Renamed', 'deny'),
        expectedVersion: 1,
        note: 'stricter',
      }),
    );
    expect(published).toMatchObject({ name: 'Renamed', version: 2 });
    await expect(
      acme.command({
        type: 'PublishPolicy',
        policyId: created.id,
        document: documentNamed('Late'),
        expectedVersion: 1,
      }),
    ).rejects.toMatchObject({ code: 'policy.version_conflict', kind: 'precondition_failed' });
    const rolledBack = await data<PolicyView>(
      acme.command({ type: 'RollBackPolicy', policyId: created.id, version: 1 }),
    );
    expect(rolledBack).toMatchObject({ name: 'First', version: 3 });
    await expect(
      acme.command({ type: 'RollBackPolicy', policyId: created.id, version: 9 }),
    ).rejects.toMatchObject({ code: 'policy.version_not_found' });

    const versions = z
      .array(policyVersionViewSchema.strict())
      .parse(await list({ type: 'policyVersions', policyId: created.id, limit: 50 }));
    expect(
      versions.map(({ version, note, rolledBackFrom, publishedBy }) => ({
        version,
        note,
        rolledBackFrom,
        publishedBy,
      })),
    ).toEqual([
      { version: 3, note: null, rolledBackFrom: 1, publishedBy: 'Owner' },
      { version: 2, note: 'stricter', rolledBackFrom: null, publishedBy: 'Owner' },
      { version: 1, note: null, rolledBackFrom: null, publishedBy: 'Owner' },
    ]);

    await acme.command({ type: 'MovePolicy', policyId: created.id, order: 5 });
    const order = async () =>
      (await list<PolicyView>({ type: 'policies', connection: 'governed', limit: 50 })).map(
        ({ name }) => name,
      );
    expect(await order()).toEqual(['Second', 'First']);
    expect(
      await data<PolicyView>(acme.command({ type: 'DeactivatePolicy', policyId: created.id })),
    ).toMatchObject({ active: false });
    expect(
      await data<PolicyView>(acme.command({ type: 'ActivatePolicy', policyId: created.id })),
    ).toMatchObject({ active: true });
    await acme.command({ type: 'DeletePolicy', policyId: created.id });
    expect(await order()).toEqual(['Second']);
    await expect(acme.query({ type: 'policy', policyId: created.id })).rejects.toMatchObject({
      code: 'policy.not_found',
    });
  });

  it('refuse a policy that is not valid, with every place, and store nothing', async () => {
    const before = await deployment.store.lastPosition();
    const document = {
      name: 'Bad',
      rules: [
        { name: 'r', target: { kind: 'mcp_tool', tool: '{a' }, action: 'allow' },
        {
          name: 's',
          target: { kind: 'mcp_tool', tool: '*' },
          conditions: { user: { matches: '(' } },
          action: 'allow',
        },
      ],
    };
    await expect(acme.command({ type: 'CreatePolicy', document })).rejects.toMatchObject({
      code: 'policy.invalid',
      issues: [
        expect.objectContaining({ pointer: '/rules/0/target/tool', code: 'policy.bad_glob' }),
        expect.objectContaining({ pointer: '/rules/1/conditions/user/matches', code: 'policy.bad_regex' }),
      ],
    });
    expect(await deployment.store.lastPosition()).toBe(before);
  });

  it('refuse a policy that uses what this build does not enforce', async () => {
    const document = {
      name: 'Later',
      rules: [{ name: 'r', target: { kind: 'mcp_tool', tool: '*' }, action: 'hold' }],
    };
    await expect(acme.command({ type: 'CreatePolicy', document })).rejects.toMatchObject({
      code: 'policy.not_supported',
    });
  });

  it('take policies out with their connection', async () => {
    const connection = await data<ConnectionView>(acme.command(createConnection('goes')));
    const policy = await data<PolicyView>(acme.command(createPolicy('Goes', 'goes')));
    await acme.command({ type: 'DeleteConnection', connectionId: connection.id });
    await expect(acme.query({ type: 'policy', policyId: policy.id })).rejects.toMatchObject({
      code: 'policy.not_found',
    });
    await expect(acme.command({ type: 'ActivatePolicy', policyId: policy.id })).rejects.toMatchObject({
      code: 'policy.not_found',
    });
    await expect(acme.command(createPolicy('Again', 'goes'))).rejects.toMatchObject({
      code: 'connection.not_found',
    });
  });

  it('engage and release kill switches, one of a kind at a time', async () => {
    const key = await data<ApiKeyView>(acme.command(createApiKey('rogue')));
    const connection = await data<ConnectionView>(acme.command(createConnection('stopped')));
    const engage = (scope: KillSwitchView['scope'], target: string | null, mode: 'stop' | 'abort' = 'stop') =>
      acme.command({ type: 'EngageKillSwitch', scope, target, mode, reason: 'odd' });
    const engaged = killSwitchViewSchema.strict().parse(await data(engage('agent', key.id)));
    expect(engaged).toMatchObject({
      scope: 'agent',
      target: key.id,
      engagedBy: 'Owner',
      releasedAt: null,
      gateways: { confirmed: 0, connected: 0 },
    });
    await expect(engage('agent', key.id)).rejects.toMatchObject({ code: 'kill_switch.already_engaged' });
    await engage('agent', key.id, 'abort');
    expect(await data<KillSwitchView>(engage('connection', 'stopped'))).toMatchObject({
      target: connection.id,
    });
    await expect(engage('agent', 'nobody')).rejects.toMatchObject({ code: 'kill_switch.target_not_found' });
    await expect(engage('session', 'nothing')).rejects.toMatchObject({
      code: 'kill_switch.target_not_found',
    });
    await expect(engage('agent', null)).rejects.toMatchObject({ code: 'kill_switch.target_invalid' });
    await expect(engage('organization', 'x')).rejects.toMatchObject({ code: 'kill_switch.target_invalid' });

    const released = await data<KillSwitchView>(
      acme.command({ type: 'ReleaseKillSwitch', killSwitchId: engaged.id }),
    );
    expect(released.releasedAt).not.toBeNull();
    await engage('agent', key.id);
    const ids = async (includeReleased: boolean) =>
      (await list<KillSwitchView>({ type: 'killSwitches', includeReleased, limit: 50 })).map(({ id }) => id);
    expect(await ids(false)).not.toContain(engaged.id);
    expect(await ids(true)).toContain(engaged.id);
    expect(await ids(false)).toHaveLength(3);
  });

  it('tell how many gateways obeyed an order to stop, and wait no longer than 1 s for one that does not', async () => {
    const { hub, state } = deployment.deciding;
    const connect = (id: string, obeys: boolean) =>
      hub.connect({ id, epoch: 'e' }, undefined, {
        write(line) {
          const message = JSON.parse(line) as { type: string; position?: number };
          if (obeys && message.type === 'stop')
            setImmediate(() => hub.confirm({ id, epoch: 'e' }, message.position ?? 0));
        },
        pendingBytes: 0,
        cut: () => undefined,
      });
    const key = await data<ApiKeyView>(acme.command(createApiKey('obeyed')));
    const engage = (mode: 'stop' | 'abort') =>
      acme.command({ type: 'EngageKillSwitch', scope: 'agent', target: key.id, mode, reason: 'odd' });
    const one = connect('one', true);
    const first = await engage('stop');
    expect(first).toMatchObject({
      obeyed: { gateways: { total: 1, confirmed: 1 } },
      data: { gateways: { connected: 1, confirmed: 1 } },
    });

    const deaf = connect('deaf', false);
    const second = await engage('abort');
    expect(second.obeyed).toMatchObject({ gateways: { total: 2, confirmed: 1 } });
    expect(second.data).toMatchObject({ gateways: { connected: 2, confirmed: 1 } });
    expect(hub.confirm({ id: 'deaf', epoch: 'e' }, state.position)).toBe(true);
    // Somebody who only publishes rules need not wait for gateways.
    expect(await acme.command(createConnection('unordered'))).not.toHaveProperty('obeyed');
    one.closed();
    deaf.closed();
    const revoked = await acme.command({ type: 'RevokeApiKey', keyId: key.id });
    expect(revoked.obeyed?.gateways).toEqual({ total: 0, confirmed: 0 });
  });

  it('tell what a kill switch would reach, and stop nothing', async () => {
    const key = await data<ApiKeyView>(acme.command(createApiKey('reached')));
    const connection = await data<ConnectionView>(acme.command(createConnection('reached')));
    const call = {
      tenantId: acme.id,
      connection: { id: connection.id, slug: 'reached' },
      key: { id: key.id, label: 'reached', agent: null },
    };
    await deployment.writeSide.sessionRecords.take(
      callBatch([
        { ...call, agentSession: 'reached-1' },
        { ...call, agentSession: 'reached-2' },
      ]),
    );
    await acme.command({ type: 'SuspendSession', sessionId: 'reached-2', reason: 'odd' });
    const before = await deployment.store.lastPosition();
    const reach = (scope: KillSwitchView['scope'], target?: string) =>
      data(acme.query({ type: 'killSwitchReach', scope, ...(target ? { target } : {}) }));
    expect(await reach('agent', key.id)).toEqual({
      scope: 'agent',
      target: key.id,
      name: 'reached',
      sessions: { active: 1, suspended: 1 },
    });
    expect(await reach('connection', 'reached')).toMatchObject({
      target: connection.id,
      name: 'reached',
      sessions: { active: 1, suspended: 1 },
    });
    expect(await reach('session', 'reached-1')).toMatchObject({
      target: 'reached-1',
      name: null,
      sessions: { active: 1, suspended: 0 },
    });
    expect(await reach('organization')).toMatchObject({
      target: null,
      sessions: { active: 1, suspended: 1 },
    });
    await expect(reach('agent', 'nobody')).rejects.toMatchObject({ code: 'kill_switch.target_not_found' });
    await expect(reach('agent')).rejects.toMatchObject({ code: 'kill_switch.target_invalid' });
    await expect(reach('organization', 'x')).rejects.toMatchObject({ code: 'kill_switch.target_invalid' });
    expect(await deployment.store.lastPosition()).toBe(before);
  });

  it("list the rules in force for a connection: the organization's policies first, each in its order", async () => {
    const connection = await data<ConnectionView>(acme.command(createConnection('ruled')));
    await acme.command(createConnection('unruled'));
    const policy = (name: string, on: string | null) =>
      data<PolicyView>(acme.command(createPolicy(name, on)));
    const [late, early, own, off] = [
      await policy('Late', null),
      await policy('Early', null),
      await policy('Own', 'ruled'),
      await policy('Off', 'ruled'),
    ];
    await policy('Elsewhere', 'unruled');
    await acme.command({ type: 'MovePolicy', policyId: early.id, order: 0 });
    await acme.command({ type: 'MovePolicy', policyId: late.id, order: 9_000 });
    await acme.command({ type: 'DeactivatePolicy', policyId: off.id });
    await acme.command({
      type: 'PublishPolicy',
      policyId: own.id,
      document: { name: 'Own', rules: [...documentNamed('Own').rules, ...documentNamed('More').rules] },
    });
    const views: EffectiveRuleView[] = [];
    let cursor: string | null = null;
    do {
      const page = await acme.query({
        type: 'effectiveRules',
        connection: connection.id,
        limit: 2,
        ...(cursor ? { cursor } : {}),
      });
      views.push(...z.array(effectiveRuleViewSchema.strict()).parse(page.data));
      cursor = page.cursor;
    } while (cursor !== null);
    const mine = new Set([late.id, early.id, own.id, off.id]);
    expect(
      views
        .filter((view) => mine.has(view.policy.id))
        .map(({ policy: { name, revision, scope }, index, rule }) => [
          name,
          revision,
          scope,
          index,
          rule.name,
        ]),
    ).toEqual([
      ['Early', 1, 'organization', 0, 'Early: all'],
      ['Late', 1, 'organization', 0, 'Late: all'],
      ['Own', 2, 'connection', 0, 'Own: all'],
      ['Own', 2, 'connection', 1, 'More: all'],
    ]);
    expect(views.map(({ policy }) => policy.name)).not.toContain('Elsewhere');
    for (const { id } of [late, early]) await acme.command({ type: 'DeletePolicy', policyId: id });
  });

  it('page through lists by cursor', async () => {
    for (const name of ['one', 'two', 'three']) await acme.command(createConnection(`page-${name}`));
    const whole = await acme.query({ type: 'connections', limit: 200 });
    expect(whole.cursor).toBeNull();
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page = await acme.query({ type: 'connections', limit: 2, cursor });
      seen.push(...(page.data as unknown[]));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(seen).toEqual(whole.data);
    await expect(acme.query({ type: 'connections', limit: 2, cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  it('simulate a draft and the policies in force, with reasons', async () => {
    await acme.command(createConnection('simulated'));
    const request = {
      connection: 'simulated',
      method: 'tools/call',
      tool: 'delete_all',
      arguments: { n: 7 },
    };
    const draft = {
      name: 'Draft',
      rules: [
        {
          name: 'no deletes',
          target: { kind: 'mcp_tool', tool: 'delete_*' },
          conditions: { 'arguments.n': { gt: 5 } },
          action: 'deny',
          message: 'No.',
        },
        { name: 'rest', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' },
      ],
    };
    const simulate = (document: object | null, over: object = {}) =>
      data<Record<string, unknown>>(
        acme.query({
          type: 'simulate',
          document: document as Record<string, unknown> | null,
          request: { ...request, ...over },
        }),
      );
    expect(await simulate(draft)).toMatchObject({
      decision: 'deny',
      reason: 'policy.denied',
      rule: 'no deletes',
      message: 'No.',
      considered: [{ rule: 'no deletes', result: 'matched' }],
    });
    expect(await simulate(draft, { arguments: { n: 1 } })).toMatchObject({ decision: 'allow', rule: 'rest' });
    expect(await simulate(null)).toMatchObject({ decision: 'deny', rule: null });
    await acme.command(createPolicy('In force', 'simulated'));
    expect(await simulate(null)).toMatchObject({
      decision: 'allow',
      rule: 'In force: all',
      policy: { name: 'In force', revision: 1 },
    });
    await expect(simulate({ name: 'x', rules: 'none' })).rejects.toMatchObject({ code: 'policy.invalid' });
    await expect(simulate(null, { connection: 'nowhere' })).rejects.toMatchObject({
      code: 'connection.not_found',
    });
    await expect(simulate(null, { resource: 'file:///x' })).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });
});
