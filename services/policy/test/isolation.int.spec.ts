import {
  commandSchema,
  querySchema,
  type ApiKeyView,
  type ConnectionView,
  type KillSwitchView,
  type MemberView,
  type PolicyView,
} from '@portcullis/contracts';
import { Rejection } from '@portcullis/eventing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey, createConnection, createPolicy, documentNamed } from './samples.js';
import { callBatch } from './call-records.js';
import { WriteDeployment, type CommandInput, type QueryInput, type Tenant } from './write-deployment.js';

/** Ids of everything the victim has. */
interface Victims {
  readonly member: string;
  readonly key: string;
  readonly connection: string;
  readonly slug: string;
  readonly policy: string;
  readonly killSwitch: string;
  readonly session: string;
}

/**
 * For each command: with the ids of another organization. `refused` answers 404 as an unknown id would; `own` names
 * nothing of anybody, and must change the caller's organization alone; `exists` would make what there is.
 */
const commands: {
  readonly [T in CommandInput['type']]: {
    expect: 'refused' | 'own' | 'exists';
    make: (victims: Victims) => Extract<CommandInput, { type: T }>[];
  };
} = {
  // The id it would have is the caller's own, which exists: nothing is made twice.
  CreateOrganization: {
    expect: 'exists',
    make: () => [
      { type: 'CreateOrganization', name: 'Twin', owner: { email: 'owner@acme.example.com', name: 'Twin' } },
    ],
  },
  RenameOrganization: { expect: 'own', make: () => [{ type: 'RenameOrganization', name: 'Taken over' }] },
  ChangeOrganizationDefault: {
    expect: 'own',
    make: () => [{ type: 'ChangeOrganizationDefault', defaultAction: 'alert' }],
  },
  // The same address is another person's in another organization.
  AddMember: {
    expect: 'own',
    make: () => [{ type: 'AddMember', email: 'owner@acme.example.com', name: 'Twin', role: 'owner' }],
  },
  ChangeMemberRole: {
    expect: 'refused',
    make: ({ member }) => [{ type: 'ChangeMemberRole', memberId: member, role: 'auditor' }],
  },
  RemoveMember: { expect: 'refused', make: ({ member }) => [{ type: 'RemoveMember', memberId: member }] },
  CreateApiKey: {
    expect: 'refused',
    make: ({ connection, slug }) => [
      createApiKey('spy', { connections: [connection] }),
      createApiKey('spy', { connections: [slug] }),
    ],
  },
  RevokeApiKey: { expect: 'refused', make: ({ key }) => [{ type: 'RevokeApiKey', keyId: key }] },
  // A slug is an organization's own, too.
  CreateConnection: { expect: 'own', make: () => [createConnection('also-of-acme')] },
  ChangeConnection: {
    expect: 'refused',
    make: ({ connection }) => [{ type: 'ChangeConnection', connectionId: connection, enabled: false }],
  },
  DeleteConnection: {
    expect: 'refused',
    make: ({ connection }) => [{ type: 'DeleteConnection', connectionId: connection }],
  },
  CreatePolicy: { expect: 'refused', make: () => [createPolicy('Foreign', 'only-of-acme')] },
  PublishPolicy: {
    expect: 'refused',
    make: ({ policy }) => [{ type: 'PublishPolicy', policyId: policy, document: documentNamed('Foreign') }],
  },
  RollBackPolicy: {
    expect: 'refused',
    make: ({ policy }) => [{ type: 'RollBackPolicy', policyId: policy, version: 1 }],
  },
  ActivatePolicy: { expect: 'refused', make: ({ policy }) => [{ type: 'ActivatePolicy', policyId: policy }] },
  DeactivatePolicy: {
    expect: 'refused',
    make: ({ policy }) => [{ type: 'DeactivatePolicy', policyId: policy }],
  },
  MovePolicy: {
    expect: 'refused',
    make: ({ policy }) => [{ type: 'MovePolicy', policyId: policy, order: 9 }],
  },
  DeletePolicy: { expect: 'refused', make: ({ policy }) => [{ type: 'DeletePolicy', policyId: policy }] },
  EngageKillSwitch: {
    expect: 'refused',
    make: ({ key, connection, session }) =>
      (
        [
          ['agent', key],
          ['connection', connection],
          ['connection', 'only-of-acme'],
          ['session', session],
        ] as const
      ).map(([scope, target]) => ({
        type: 'EngageKillSwitch',
        scope,
        target,
        mode: 'stop',
        reason: 'foreign',
      })),
  },
  ReleaseKillSwitch: {
    expect: 'refused',
    make: ({ killSwitch }) => [{ type: 'ReleaseKillSwitch', killSwitchId: killSwitch }],
  },
  ChangeDetection: {
    expect: 'refused',
    make: ({ connection, slug }) =>
      [connection, slug].map((one) => ({
        type: 'ChangeDetection',
        connection: one,
        settings: { rateMultiplier: 9, rateMinCalls: null, off: null },
      })),
  },
  SuspendSession: {
    expect: 'refused',
    make: ({ session }) => [{ type: 'SuspendSession', sessionId: session, reason: 'foreign' }],
  },
  ResumeSession: {
    expect: 'refused',
    make: ({ session }) => [{ type: 'ResumeSession', sessionId: session }],
  },
};

/** For each query likewise; a list shows nothing of the victim's. */
const queries: {
  readonly [T in QueryInput['type']]: {
    expect: 'refused' | 'own';
    make: (victims: Victims) => Extract<QueryInput, { type: T }>[];
  };
} = {
  organization: { expect: 'own', make: () => [{ type: 'organization' }] },
  members: { expect: 'own', make: () => [{ type: 'members', limit: 200 }] },
  apiKeys: { expect: 'own', make: () => [{ type: 'apiKeys', includeRevoked: true, limit: 200 }] },
  apiKey: { expect: 'refused', make: ({ key }) => [{ type: 'apiKey', keyId: key }] },
  connections: { expect: 'own', make: () => [{ type: 'connections', limit: 200 }] },
  connection: {
    expect: 'refused',
    make: ({ connection }) => [
      { type: 'connection', connection },
      { type: 'connection', connection: 'only-of-acme' },
    ],
  },
  tools: { expect: 'refused', make: ({ connection }) => [{ type: 'tools', connection, limit: 200 }] },
  policies: { expect: 'own', make: () => [{ type: 'policies', limit: 200 }] },
  policy: { expect: 'refused', make: ({ policy }) => [{ type: 'policy', policyId: policy }] },
  policyVersions: {
    expect: 'refused',
    make: ({ policy }) => [{ type: 'policyVersions', policyId: policy, limit: 200 }],
  },
  sessions: { expect: 'own', make: () => [{ type: 'sessions', limit: 200 }] },
  session: { expect: 'refused', make: ({ session }) => [{ type: 'session', sessionId: session }] },
  killSwitches: { expect: 'own', make: () => [{ type: 'killSwitches', includeReleased: true, limit: 200 }] },
  killSwitchReach: {
    expect: 'refused',
    make: ({ key, connection, session }) =>
      (
        [
          ['agent', key],
          ['connection', connection],
          ['connection', 'only-of-acme'],
          ['session', session],
        ] as const
      ).map(([scope, target]) => ({ type: 'killSwitchReach', scope, target })),
  },
  effectiveRules: {
    expect: 'refused',
    make: ({ connection }) =>
      [connection, 'only-of-acme'].map((one) => ({ type: 'effectiveRules', connection: one, limit: 200 })),
  },
  detection: { expect: 'own', make: () => [{ type: 'detection' }] },
  simulate: {
    expect: 'refused',
    make: ({ connection }) => [
      { type: 'simulate', request: { connection, method: 'tools/call', tool: 'x' } },
    ],
  },
  testConnection: { expect: 'refused', make: ({ connection }) => [{ type: 'testConnection', connection }] },
};

const commandTypes = commandSchema.options.map((option) => option.shape.type.value);
const queryTypes = querySchema.options.map((option) => option.shape.type.value);

describe('organizations', () => {
  let deployment: WriteDeployment;
  let acme: Tenant;
  let other: Tenant;
  let victims: Victims;

  beforeAll(async () => {
    deployment = await WriteDeployment.open();
    acme = await deployment.tenant('Acme');
    other = await deployment.tenant('Other');
    const id = async (command: CommandInput) => ((await acme.command(command)).data as { id: string }).id;
    const connection = await id(createConnection('only-of-acme'));
    await acme.command(createConnection('also-of-acme'));
    const key = await id(createApiKey('agent'));
    await deployment.writeSide.sessionRecords.take(
      callBatch([
        {
          tenantId: acme.id,
          connection: { id: connection, slug: 'only-of-acme' },
          key: { id: key, label: 'agent', agent: null },
          agentSession: 'session-of-acme',
        },
      ]),
    );
    await deployment.database.query(
      `insert into policy.tools (tenant_id, connection_id, name, definition, digest, annotations, first_seen_at, last_seen_at, revision)
       values ($1, $2, 'secret-tool', '{}', '', '{}', now(), now(), 1)`,
      [acme.id, connection],
    );
    victims = {
      member: ((await acme.query({ type: 'members', limit: 1 })).data as MemberView[])[0]?.id ?? '',
      key,
      connection,
      slug: 'only-of-acme',
      policy: await id(createPolicy('Of Acme', 'only-of-acme')),
      killSwitch: await id({
        type: 'EngageKillSwitch',
        scope: 'organization',
        mode: 'stop',
        reason: 'drill',
      }),
      session: 'session-of-acme',
    };
  });
  afterAll(() => deployment.close());

  /** Everything the victim can see of itself. */
  const snapshot = async (tenant: Tenant): Promise<string> => {
    const own: QueryInput[] = [
      ...queryTypes.flatMap((type) =>
        queries[type].expect === 'own' ? (queries[type].make(victims) as QueryInput[]) : [],
      ),
      { type: 'policyVersions', policyId: victims.policy, limit: 200 },
      { type: 'tools', connection: victims.connection, limit: 200 },
    ];
    return JSON.stringify(await Promise.all(own.map(async (query) => (await tenant.query(query)).data)));
  };

  it.each(commandTypes)('cannot reach into another with the command %s', async (type) => {
    expect(commands, 'a case for every command of the contract').toHaveProperty(type);
    const before = await snapshot(acme);
    for (const command of commands[type].make(victims) as CommandInput[]) {
      const outcome: unknown = await other.command(command).catch((error: unknown) => error);
      if (commands[type].expect === 'own') {
        expect(outcome).toMatchObject({ propagated: true });
      } else if (commands[type].expect === 'exists') {
        expect(outcome).toMatchObject({ kind: 'conflict', code: 'organization.exists' });
      } else {
        expect(outcome).toBeInstanceOf(Rejection);
        expect(outcome).toMatchObject({
          kind: 'not_found',
          code: expect.stringMatching(/not_found$/) as unknown,
        });
      }
    }
    expect(await snapshot(acme)).toBe(before);
  });

  it.each(queryTypes)('cannot see into another with the query %s', async (type) => {
    expect(queries, 'a case for every query of the contract').toHaveProperty(type);
    for (const query of queries[type].make(victims) as QueryInput[]) {
      const outcome: unknown = await other.query(query).catch((error: unknown) => error);
      if (queries[type].expect === 'own') {
        const shown = JSON.stringify((outcome as { data: unknown }).data);
        for (const id of Object.values(victims).filter((value) => value !== victims.slug))
          expect(shown).not.toContain(id);
      } else {
        expect(outcome).toMatchObject({
          kind: 'not_found',
          code: expect.stringMatching(/not_found$/) as unknown,
        });
      }
    }
  });

  it.each(commandTypes.filter((type) => type !== 'CreateOrganization'))(
    'that nobody created take no command %s',
    async (type) => {
      const { commands: dispatcher } = deployment.writeSide;
      for (const command of commands[type].make(victims) as CommandInput[]) {
        await expect(
          dispatcher.dispatch({ tenantId: 'nobody', actor: acme.actor, command }),
        ).rejects.toMatchObject({ code: 'organization.not_found' });
      }
    },
  );

  it.each(queryTypes)('that nobody created answer no query %s', async (type) => {
    for (const query of queries[type].make(victims) as QueryInput[]) {
      await expect(
        deployment.writeSide.queries.dispatch({ tenantId: 'nobody', query }),
      ).rejects.toMatchObject({ code: 'organization.not_found' });
    }
  });

  it('cannot lend their ids as actors', async () => {
    // A key of Acme's that comes with the other organization's id may do nothing there.
    await expect(other.command(createApiKey('lent'), { actor: acme.actor })).rejects.toMatchObject({
      code: 'api_key.scope_not_held',
    });
  });

  it('keep one idempotency key apart', async () => {
    const mine = await acme.command(createConnection('twice'), { idempotencyKey: 'one-key' });
    const theirs = await other.command(createConnection('twice'), { idempotencyKey: 'one-key' });
    expect((theirs.data as ConnectionView).id).not.toBe((mine.data as ConnectionView).id);
  });

  it('see what is theirs, so that the cases above mean something', async () => {
    const shown = await snapshot(acme);
    for (const id of Object.values(victims)) expect(shown).toContain(id);
    const views = [
      (await acme.query({ type: 'apiKey', keyId: victims.key })).data as ApiKeyView,
      (await acme.query({ type: 'policy', policyId: victims.policy })).data as PolicyView,
      (
        (await acme.query({ type: 'killSwitches', includeReleased: false, limit: 1 }))
          .data as KillSwitchView[]
      )[0],
    ];
    expect(views.map((view) => view?.id)).toEqual([victims.key, victims.policy, victims.killSwitch]);
  });
});
