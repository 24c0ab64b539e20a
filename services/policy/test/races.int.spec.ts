import type { ApiKeyView, ConnectionView, MemberView, PolicyView } from '@portcullis/contracts';
import type { Rejection } from '@portcullis/eventing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey, createConnection, createPolicy, documentNamed } from './samples.js';
import { WriteDeployment, type Tenant } from './write-deployment.js';

describe('at the same moment', () => {
  let deployment: WriteDeployment;
  let acme: Tenant;
  beforeAll(async () => {
    deployment = await WriteDeployment.open();
    acme = await deployment.tenant();
  });
  afterAll(() => deployment.close());

  const outcomes = async (attempts: Promise<unknown>[]) => {
    const settled = await Promise.allSettled(attempts);
    return {
      won: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value as { data: unknown }] : [])),
      codes: settled.flatMap((one) =>
        one.status === 'rejected' ? [(one.reason as Rejection).code ?? String(one.reason)] : [],
      ),
    };
  };
  const times = <T>(count: number, make: (n: number) => T) =>
    Array.from({ length: count }, (_, n) => make(n));

  it('one connection gets a slug', async () => {
    const { won, codes } = await outcomes(times(20, () => acme.command(createConnection('contested'))));
    expect(won).toHaveLength(1);
    expect(codes).toEqual(times(19, () => 'connection.slug_taken'));
    const connections = (await acme.query({ type: 'connections', limit: 200 })).data as ConnectionView[];
    expect(connections.filter(({ slug }) => slug === 'contested')).toHaveLength(1);
    // What lost left no secret and no stream behind.
    expect(
      await deployment.database.query(`select 1 from policy.events where type = 'ConnectionCreated'`),
    ).toHaveLength(1);
  });

  it('one member gets an address', async () => {
    const { won, codes } = await outcomes(
      times(10, (n) =>
        acme.command({
          type: 'AddMember',
          email: n % 2 ? 'eve@example.com' : 'EVE@example.com',
          name: 'Eve',
          role: 'developer',
        }),
      ),
    );
    expect(won).toHaveLength(1);
    expect(codes.every((code) => code === 'member.email_taken' || code === 'members.version_conflict')).toBe(
      true,
    );
    const members = (await acme.query({ type: 'members', limit: 200 })).data as MemberView[];
    expect(members.filter(({ email }) => email === 'eve@example.com')).toHaveLength(1);
  });

  it('the last two owners do not leave each other', async () => {
    const { data } = await acme.command({
      type: 'AddMember',
      email: 'second@example.com',
      name: 'Second',
      role: 'owner',
    });
    const owners = ((await acme.query({ type: 'members', limit: 200 })).data as MemberView[]).filter(
      ({ role }) => role === 'owner',
    );
    expect(owners.map(({ id }) => id)).toContain((data as MemberView).id);
    const { won, codes } = await outcomes(
      owners.map(({ id }) => acme.command({ type: 'RemoveMember', memberId: id })),
    );
    expect(won).toHaveLength(1);
    expect(codes).toEqual(['member.last_owner']);
  });

  it('one publish over a version wins', async () => {
    const { id } = (await acme.command(createPolicy('Contested'))).data as PolicyView;
    const { won, codes } = await outcomes(
      times(10, (n) =>
        acme.command({
          type: 'PublishPolicy',
          policyId: id,
          document: documentNamed(`Version of ${n}`),
          expectedVersion: 1,
        }),
      ),
    );
    expect(won).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(['policy.version_conflict']));
    expect((await acme.query({ type: 'policy', policyId: id })).data).toMatchObject({ version: 2 });
  });

  it('publishes without an expected version come one after another', async () => {
    const { id } = (await acme.command(createPolicy('Queued'))).data as PolicyView;
    const { won, codes } = await outcomes(
      times(4, (n) =>
        acme.command({ type: 'PublishPolicy', policyId: id, document: documentNamed(`Version of ${n}`) }),
      ),
    );
    expect(codes).toEqual([]);
    expect(won.map(({ data }) => (data as PolicyView).version).sort()).toEqual([2, 3, 4, 5]);
  });

  it('a policy is not created for a connection that is being deleted', async () => {
    for (let round = 0; round < 5; round += 1) {
      const slug = `going-${round}`;
      const { id } = (await acme.command(createConnection(slug))).data as ConnectionView;
      const [deleted, created] = await Promise.allSettled([
        acme.command({ type: 'DeleteConnection', connectionId: id }),
        acme.command(createPolicy(`For ${slug}`, slug)),
      ]);
      expect(deleted.status).toBe('fulfilled');
      if (created.status === 'rejected')
        expect(created.reason).toMatchObject({ code: 'connection.not_found' });
      const policies = (await acme.query({ type: 'policies', limit: 200 })).data as PolicyView[];
      expect(policies.filter(({ connectionId }) => connectionId === id)).toEqual([]);
    }
  });

  it('a command with one idempotency key happens once, and everybody gets its answer', async () => {
    const before = await deployment.store.lastPosition();
    const answers = await Promise.all(
      times(20, () => acme.command(createApiKey('once'), { idempotencyKey: 'key-1' })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((answers[0]?.data as { secret: string }).secret).toMatch(/^ig_/);
    expect(await deployment.store.lastPosition()).toBe(before + 1);
  });

  it('an idempotency key is its command’s and its caller’s alone', async () => {
    await acme.command(createApiKey('mine'), { idempotencyKey: 'key-2' });
    await expect(acme.command(createApiKey('other'), { idempotencyKey: 'key-2' })).rejects.toMatchObject({
      code: 'idempotency.key_reused',
    });
    const { id } = (await acme.command(createApiKey('colleague', { scopes: ['keys:write'] })))
      .data as ApiKeyView;
    await expect(
      acme.command(createApiKey('mine'), { idempotencyKey: 'key-2', actor: { type: 'api_key', id } }),
    ).rejects.toMatchObject({ code: 'idempotency.key_reused' });
  });

  it('a refused command leaves its idempotency key free', async () => {
    const again = createConnection('held-up');
    await acme.command(again);
    await expect(acme.command(again, { idempotencyKey: 'key-3' })).rejects.toMatchObject({
      code: 'connection.slug_taken',
    });
    const { id } = (await acme.query({ type: 'connection', connection: 'held-up' })).data as ConnectionView;
    await acme.command({ type: 'DeleteConnection', connectionId: id });
    expect(await acme.command(again, { idempotencyKey: 'key-3' })).toMatchObject({
      data: { slug: 'held-up' },
    });
  });

  it('an answer is forgotten after a day, and not kept in the clear before', async () => {
    const first = (await acme.command(createApiKey('daily'), { idempotencyKey: 'key-4' })).data as {
      secret: string;
      id: string;
    };
    const [row] = await deployment.database.query<{ answer: Buffer }>(
      `select answer from policy.idempotency_keys where key = 'key-4'`,
    );
    expect(row?.answer.includes(Buffer.from(first.secret))).toBe(false);
    await deployment.database.query(
      `update policy.idempotency_keys set created_at = created_at - interval '24 hours' where key = 'key-4'`,
    );
    const next = (await acme.command(createApiKey('daily'), { idempotencyKey: 'key-4' })).data as {
      id: string;
    };
    expect(next.id).not.toBe(first.id);
  });

  it('secrets are nowhere in the clear', async () => {
    const { id } = (
      await acme.command(createConnection('sealed', { authType: 'bearer', credential: 'plain-credential-1' }))
    ).data as ConnectionView;
    const { secret } = (await acme.command(createApiKey('sealed'))).data as { secret: string };
    const tables = await deployment.database.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'policy'`,
    );
    expect(tables.length).toBeGreaterThan(8);
    const everything = async () =>
      (
        await Promise.all(
          tables.map(({ name }) =>
            deployment.database.query<{ text: string }>(
              `select row_to_json(t)::text as text from policy.${name} t`,
            ),
          ),
        )
      )
        .flat()
        .map(({ text }) => text)
        .join('\n');
    const dump = await everything();
    const hex = (text: string) => Buffer.from(text).toString('hex');
    for (const plain of [
      'plain-credential-1',
      hex('plain-credential-1'),
      secret,
      hex(secret),
      secret.slice(8),
    ])
      expect(dump).not.toContain(plain);
    // A rotated or deleted credential is gone for good.
    const sealedRows = async () =>
      (await deployment.database.query(`select 1 from policy.secrets where kind = 'credential'`)).length;
    const rows = await sealedRows();
    await acme.command({ type: 'ChangeConnection', connectionId: id, credential: 'plain-credential-2' });
    expect(await sealedRows()).toBe(rows);
    await acme.command({ type: 'DeleteConnection', connectionId: id });
    expect(await sealedRows()).toBe(rows - 1);
  });
});

describe('two replicas', () => {
  it('both have what was written when the answer says so, and the answer says when one has not', async () => {
    const first = await WriteDeployment.open({ replica: 'replica-1' });
    const acme = await first.tenant();
    const second = await WriteDeployment.open({ url: first.url, replica: 'replica-2' });
    try {
      const there = second.as(acme);
      for (let n = 0; n < 10; n += 1) {
        const { propagated, position } = await acme.command(createConnection(`both-${n}`));
        expect(propagated).toBe(true);
        expect(second.deciding.state.position).toBeGreaterThanOrEqual(position);
        expect((await there.query({ type: 'connection', connection: `both-${n}` })).data).toMatchObject({
          slug: `both-${n}`,
        });
      }
      await second.deciding.follower.stop();
      const late = await acme.command(createConnection('late'));
      expect(late).toMatchObject({ propagated: false, data: { slug: 'late' } });
    } finally {
      await second.close();
      await first.close();
    }
  });
});
