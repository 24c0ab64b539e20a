import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AUTHENTICATE_PATH,
  CONTROL_ACK_PATH,
  CONTROL_PATH,
  DECIDE_PATH,
  FILTER_PATH,
  decideResponseSchema,
} from '@portcullis/contracts';
import { startPostgres, until, type TestPostgres } from '@portcullis/testing';
import { DecideDeployment, type Replica } from './decide-deployment.js';
import { toolCall } from './decide-rig.js';
import { furnish } from './furnish.js';
import { TENANT, newEvent } from './policy-history.js';
import { agentSessionId } from '../src/sessions-runtime/agent-session-id.js';

const SESSION = agentSessionId(TENANT, 'con-main', 'key-1', 0);

const decided = async (replica: Replica) => {
  const { status, body } = await replica.post(DECIDE_PATH, toolCall());
  return status === 200 ? decideResponseSchema.parse(body) : status;
};

describe('decide side on Postgres', () => {
  let postgres: TestPostgres;
  let deployment: DecideDeployment;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    deployment = await DecideDeployment.open(await postgres.createDatabase());
    await furnish(deployment);
  });
  afterEach(() => deployment.close());

  it('answers from what was stored before it started, in few headers', async () => {
    const replica = await deployment.replica('one');
    const { status, headers, body } = await replica.post(DECIDE_PATH, toolCall());
    expect([status, decideResponseSchema.parse(body).decision]).toEqual([200, 'allow']);
    expect(Object.keys(headers).sort()).toEqual(['connection', 'content-length', 'content-type']);
    const { body: who } = await replica.post(AUTHENTICATE_PATH, { credential: toolCall().credential });
    expect(who).toMatchObject({ principal: { id: 'key-1', tenantId: TENANT }, reason: null });
  });

  it('replicas see the same, say how far they are, and leave no trace when they stop', async () => {
    const [one, two] = [await deployment.replica('one'), await deployment.replica('two')];
    const position = await deployment.add('KillSwitchEngaged', {
      killSwitchId: 'k',
      scope: 'connection',
      target: 'con-main',
      mode: 'stop',
      reason: 'fire',
    });
    await Promise.all([one.reached(position), two.reached(position)]);
    const [first, second] = [await decided(one), await decided(two)];
    expect(first).toMatchObject({
      reason: 'session.suspended',
      scope: 'connection',
      message: 'fire',
      agentSession: SESSION,
    });
    expect(second).toEqual(first);
    const replicas = () =>
      deployment.database.query<{ replica: string; position: string }>(
        'select replica, position from policy.replicas order by replica',
      );
    await until(
      async () => (await replicas()).filter((row) => Number(row.position) === position).length === 2,
      { describe: 'both reports' },
    );
    await two.stop();
    expect((await replicas()).map(({ replica }) => replica)).toEqual(['one']);
  });

  it('applies commits that overtake each other, in order and without a gap', async () => {
    const replica = await deployment.replica('one');
    const before = replica.side.state.position;
    let appended!: () => void;
    let finish!: () => void;
    const slowAppended = new Promise<void>((resolve) => (appended = resolve));
    const held = new Promise<void>((resolve) => (finish = resolve));
    const rename = (before: string, after: string) => newEvent('OrganizationRenamed', { before, after });
    const slow = deployment.database.transaction(async (session) => {
      await deployment.store.within(session).append('slow', [rename('n', 'slow')], { expectedVersion: 0 });
      appended();
      await held;
    });
    await slowAppended;
    const fast = deployment.store.append('fast', [rename('slow', 'fast')], { expectedVersion: 0 });
    // It goes on being proven complete while nothing is committed, and takes nothing that is not.
    const from = performance.now();
    await until(() => replica.side.follower.ageMs < performance.now() - from, {
      describe: 'a proof after the slow append',
    });
    expect(replica.side.state.position).toBe(before);
    finish();
    await Promise.all([slow, fast]);
    await replica.reached(before + 2);
    expect(replica.side.state.organization(TENANT).name).toBe('fast');
    expect(replica.side.follower.fresh).toBe(true);
  });

  it('passes over what was rolled back', async () => {
    const replica = await deployment.replica('one');
    const before = replica.side.state.position;
    const failing = deployment.database.transaction(async (session) => {
      await deployment.store
        .within(session)
        .append('x', [newEvent('OrganizationRenamed', { before: 'n', after: 'never' })], {
          expectedVersion: 0,
        });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const position = await deployment.add('OrganizationRenamed', { before: 'n', after: 'm' });
    await replica.reached(position);
    expect([position, replica.side.state.organization(TENANT).name]).toEqual([before + 1, 'm']);
  });

  it('lets a writer wait until its events are in force', async () => {
    const replica = await deployment.replica('one');
    const position = await deployment.add('ApiKeyRevoked', { keyId: 'key-1', label: 'l' });
    expect(await replica.side.follower.reached(position, 5_000)).toBe(true);
    expect(await decided(replica)).toMatchObject({ reason: 'auth.revoked' });
  });

  it('does not skip an event it cannot apply: it refuses', async () => {
    const replica = await deployment.replica('one');
    const before = replica.side.state.position;
    await deployment.add('ConnectionEnabled', { connectionId: 'nobody', slug: 'x' });
    await deployment.add('OrganizationRenamed', { before: 'n', after: 'm' });
    await until(() => replica.side.follower.ageMs > 1_000, { describe: 'the proofs to end' });
    expect(replica.side.state.position).toBe(before);
    replica.ahead += 2_001;
    expect(await decided(replica)).toBe(503);
  });

  describe('control stream', () => {
    it('welcomes, beats, and orders a stop when a session is suspended', async () => {
      const replica = await deployment.replica('one');
      const gateway = await replica.control('gw-1');
      expect(await gateway.next('welcome')).toMatchObject({
        replica: 'one',
        position: replica.side.state.position,
      });
      await until(() => gateway.messages.filter(({ type }) => type === 'heartbeat').length >= 2, {
        describe: 'two heartbeats',
      });
      const position = await deployment.add('AgentSessionSuspended', {
        sessionId: SESSION,
        connectionId: 'con-main',
        keyId: 'key-1',
        reason: 'odd',
      });
      const stop = await gateway.next('stop');
      expect(stop).toEqual({
        type: 'stop',
        reach: { tenantId: TENANT, agentSession: SESSION },
        mode: 'stop',
        reason: 'odd',
        cause: 'session_suspended',
        position,
      });
      // The order never outruns the rule: whoever comes back at once is refused.
      expect(await decided(replica)).toMatchObject({ reason: 'session.suspended', message: 'odd' });
      expect(replica.side.hub.summary(position)).toEqual({ confirmed: 0, connected: 1 });
      expect(
        (await replica.post(CONTROL_ACK_PATH, { gateway: { id: 'gw-1', epoch: 'epoch-1' }, position }))
          .status,
      ).toBe(204);
      expect(replica.side.hub.summary(position)).toEqual({ confirmed: 1, connected: 1 });
      expect(
        (await replica.post(CONTROL_ACK_PATH, { gateway: { id: 'gw-2', epoch: 'epoch-1' }, position }))
          .status,
      ).toBe(404);
    });

    it('tells every replica which gateways have confirmed', async () => {
      const replica = await deployment.replica('one');
      const gateway = await replica.control('gw-1');
      const { position } = await gateway.next('welcome');
      await until(async () => {
        const [row] = await deployment.database.query<{ gateways: unknown }>(
          'select gateways from policy.replicas',
        );
        return (
          JSON.stringify(row?.gateways) ===
          JSON.stringify([{ id: 'gw-1', epoch: 'epoch-1', confirmed: position }])
        );
      });
      gateway.response.destroy();
      await until(() => replica.side.hub.gateways().length === 0, { describe: 'the hub to notice' });
    });

    it('repeats to a gateway that comes back what it missed', async () => {
      const replica = await deployment.replica('one');
      const first = await replica.control('gw-1');
      const { position } = await first.next('welcome');
      first.response.destroy();
      const missed = await deployment.add('ConnectionDisabled', { connectionId: 'con-main', slug: 'main' });
      await replica.reached(missed);
      const second = await replica.control('gw-1', position);
      // Another key for the same process is refused: the second stream has to bring the first one's.
      expect(second.response.statusCode).toBe(400);
      const third = await replica.control('gw-3', position);
      expect(await third.next('welcome')).toMatchObject({ resumed: true });
      expect(await third.next('stop')).toMatchObject({ cause: 'connection_disabled', position: missed });
    });

    it('takes no streams and gives no heartbeats while it is not up to date', async () => {
      const replica = await deployment.replica('one');
      const gateway = await replica.control('gw-1');
      await gateway.next('heartbeat');
      replica.ahead += 1e9;
      // Proofs are dated by the real clock: this replica now counts as stale for good.
      expect((await replica.control('gw-2')).response.statusCode).toBe(503);
      const beats = () => gateway.messages.filter(({ type }) => type === 'heartbeat').length;
      const before = beats();
      replica.side.hub.beat();
      replica.side.hub.beat();
      await deployment.add('ConnectionDisabled', { connectionId: 'con-main', slug: 'main' });
      await gateway.next('stop');
      expect(beats()).toBe(before);
    });

    it.each([
      ['no JSON', '{'],
      ['no key', JSON.stringify({ gateway: { id: 'g', epoch: 'e' } })],
      ['an unusable key', JSON.stringify({ gateway: { id: 'g', epoch: 'e' }, publicKey: 'A'.repeat(43) })],
      ['too much', 'x'.repeat(5_000)],
    ])('refuses a hello with %s', async (_, body) => {
      const replica = await deployment.replica('one');
      const { status } = await replica.post(CONTROL_PATH, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(replica.side.hub.gateways()).toEqual([]);
    });

    it('cuts off a gateway that does not read, and serves the others', async () => {
      const replica = await deployment.replica('one');
      const gateway = await replica.control('deaf');
      await gateway.next('welcome');
      gateway.response.pause();
      const other = await replica.control('other');
      await other.next('welcome');
      const { position } = replica.side.state;
      const order = {
        type: 'stopped',
        reach: { tenantId: TENANT },
        mode: 'stop',
        reason: 'x'.repeat(1_000),
        cause: 'kill_switch',
        position,
      } as const;
      const ordersUntilCut = () => {
        for (let batch = 0; batch < 100 && replica.side.hub.cutOff === 0; batch += 1)
          replica.side.hub.announce([order]);
        return replica.side.hub.cutOff > 0;
      };
      await until(ordersUntilCut, { describe: 'the cut', intervalMs: 1 });
      expect(replica.side.hub.gateways().map(({ id }) => id)).toEqual(['other']);
      const seen = other.messages.length;
      await until(() => other.messages.length > seen, { describe: 'the other gateway to go on' });
    });
  });

  it('keeps tools that lists showed, behind the answer', async () => {
    const [one, two] = [await deployment.replica('one'), await deployment.replica('two')];
    const { method: _m, target: _t, direction: _d, ...caller } = toolCall();
    const items = [
      { name: 'read', title: 'Read', annotations: { readOnlyHint: true }, inputSchema: { type: 'object' } },
      { name: 'odd \u0000' },
    ];
    const { body } = await one.post(FILTER_PATH, { ...caller, kind: 'tool', items });
    expect(body).toEqual({ visible: [true, false] });
    const [row] = await until(async () => {
      const rows = await deployment.database.query<Record<string, unknown>>(
        'select tenant_id, connection_id, name, title, annotations from policy.tools',
      );
      return rows.length === 1 && rows;
    });
    expect(row).toEqual({
      tenant_id: TENANT,
      connection_id: 'con-main',
      name: 'read',
      title: 'Read',
      annotations: { readOnlyHint: true },
    });
    await until(() => two.side.tools.facts('con-main', 'read'), {
      describe: 'the other replica to learn of it',
    });
    expect(two.side.tools.facts('con-main', 'read')).toEqual({
      title: 'Read',
      annotations: { readOnlyHint: true },
    });
  });

  describe('hostile questions', () => {
    const valid = JSON.stringify(toolCall());
    const withArguments = (text: string) => `${valid.slice(0, -1)},"arguments":${text}}`;
    it.each([
      ['nothing', '', 400],
      ['no JSON', '{"requestId":', 400],
      ['a list', '[]', 400],
      ['null', 'null', 400],
      ['a number', '1e400', 400],
      ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x7b]), 400],
      ['nesting far past the bound', withArguments('['.repeat(200_000) + ']'.repeat(200_000)), 400],
      ['nesting just past the bound', withArguments('['.repeat(65) + ']'.repeat(65)), 400],
      ['brackets without end', '['.repeat(500_000), 400],
      ['more than 512 KiB', withArguments(JSON.stringify('x'.repeat(600_000))), 413],
      ['a prototype instead of fields', `{"__proto__":${valid}}`, 400],
      ['a credential of another kind', valid.replace('api_key', 'password'), 400],
      [
        'arguments just within the bounds',
        withArguments(
          `{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}},"x":${JSON.stringify('y'.repeat(500_000))}}`,
        ),
        200,
      ],
    ])('%s', async (_, body, expected) => {
      const replica = await deployment.replica('one');
      const answer = await replica.post(DECIDE_PATH, body).catch((error: NodeJS.ErrnoException) => error);
      // A peer that is still sending may see its connection end before it sees the answer.
      if (answer instanceof Error) expect([413, 'EPIPE', 'ECONNRESET']).toContain(answer.code);
      else expect(answer.status).toBe(expected);
      expect(({} as Record<string, unknown>).a).toBe(undefined);
      expect(await decided(replica)).toMatchObject({ decision: 'allow' });
    });

    it('answers only POST, and leaves other paths to others', async () => {
      const replica = await deployment.replica('one');
      expect((await replica.open(DECIDE_PATH, '', 'PUT')).statusCode).toBe(405);
      expect((await replica.post('/internal/v1/decides', {})).status).toBe(404);
    });

    it('answers while a long list is filtered', async () => {
      const replica = await deployment.replica('one');
      const { method: _m, target: _t, direction: _d, ...caller } = toolCall();
      const items = Array.from({ length: 10_000 }, (_, index) => ({ name: `tool-${index}` }));
      const list = replica.post(FILTER_PATH, { ...caller, kind: 'tool', items });
      expect(await decided(replica)).toMatchObject({ decision: 'allow' });
      expect(((await list).body as { visible: boolean[] }).visible.filter(Boolean)).toHaveLength(10_000);
    });
  });
});

describe('decide side and the death of Postgres', () => {
  it('goes on for two seconds, then refuses, and recovers by itself', async () => {
    const postgres = await startPostgres({ own: true });
    try {
      const deployment = await DecideDeployment.open(await postgres.createDatabase());
      const position = await furnish(deployment);
      const replica = await deployment.replica('one');
      const gateway = await replica.control('gw-1');
      await gateway.next('heartbeat');
      await postgres.kill();
      // However long the kill took, no time has passed on the clock that counts.
      replica.ahead = -60_000;
      expect(await decided(replica)).toMatchObject({ decision: 'allow' });
      replica.ahead = 2_001;
      expect(await decided(replica)).toBe(503);
      expect((await replica.post(AUTHENTICATE_PATH, { credential: toolCall().credential })).status).toBe(503);
      // The clock is put right; only a new proof can help from here on.
      await until(() => replica.side.follower.ageMs > 2_001 + 2_000, {
        describe: 'the last proof to grow old',
      });
      replica.ahead = 0;
      expect(await decided(replica)).toBe(503);
      await postgres.restart();
      await until(async () => (await decided(replica)) !== 503, { describe: 'recovery', timeoutMs: 30_000 });
      const suspended = await until(
        () =>
          deployment.add('AgentSessionSuspended', {
            sessionId: SESSION,
            connectionId: 'con-main',
            keyId: 'key-1',
            reason: 'odd',
          }),
        { describe: 'the writer to recover' },
      );
      expect(suspended).toBe(position + 1);
      expect(await gateway.next('stop')).toMatchObject({ position: suspended });
      await deployment.close();
    } finally {
      await postgres.stop();
    }
  });
});
