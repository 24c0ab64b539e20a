import { TOPICS, type ApiKeyView, type ConnectionView, type SessionView } from '@portcullis/contracts';
import { InMemoryLog } from '@portcullis/eventlog';
import { until } from '@portcullis/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SESSIONS_GROUP } from '../src/agent-sessions/idle-sessions.js';
import { agentSessionId } from '../src/sessions-runtime/agent-session-id.js';
import { batchOf, callBatch, callRecord, type CallSample } from './call-records.js';
import { createApiKey, createConnection } from './samples.js';
import { WriteDeployment, type Tenant } from './write-deployment.js';

const MINUTE = 60_000;

describe('agent session records', () => {
  let deployment: WriteDeployment;
  let acme: Tenant;
  let key: ApiKeyView;
  let connection: ConnectionView;
  let sessionId: string;

  beforeEach(async () => {
    deployment = await WriteDeployment.open({ log: new InMemoryLog() });
    acme = await deployment.tenant();
    key = (await acme.command(createApiKey('CI', { agent: 'builder' }))).data as ApiKeyView;
    connection = (await acme.command(createConnection('github'))).data as ConnectionView;
    sessionId = agentSessionId(acme.id, connection.id, key.id, 0);
  });
  afterEach(() => deployment.close());

  const sample = (over: CallSample = {}): CallSample => ({
    tenantId: acme.id,
    connection: { id: connection.id, slug: 'github' },
    key: { id: key.id, label: 'CI', agent: 'builder' },
    agentSession: sessionId,
    ...over,
  });
  const take = (...samples: CallSample[]) =>
    deployment.writeSide.sessionRecords.take(callBatch(samples.map(sample)));
  const session = async () => (await acme.query({ type: 'session', sessionId })).data as SessionView;
  const at = (minutes: number) =>
    new Date(Date.parse('2026-03-02T10:00:00.000Z') + minutes * MINUTE).toISOString();

  it('count calls once, and know the latest of everything', async () => {
    await take(
      { type: 'CallDecided', name: 'search', decidedAt: at(0) },
      { type: 'CallCompleted', name: 'search', decidedAt: at(0) },
      { type: 'CallRefused', name: 'drop_table', decidedAt: at(2), user: 'ana@example.com' },
      { type: 'CallDecided', kind: 'method', name: '', decidedAt: at(3) },
    );
    expect(await session()).toEqual({
      id: sessionId,
      connectionId: connection.id,
      connection: 'github',
      key: { id: key.id, label: 'CI', agent: 'builder' },
      status: 'active',
      calls: 2,
      user: 'ana@example.com',
      lastTool: 'drop_table',
      startedAt: at(0),
      lastSeenAt: at(3),
      suspendedAt: null,
      suspendedReason: null,
    });
    const shown = (await acme.query({ type: 'apiKey', keyId: key.id })).data as ApiKeyView;
    expect(shown.lastUsedAt).toBe(at(3));
  });

  it('count nothing twice, whatever comes again', async () => {
    const process = { id: 'gateway-a', epoch: 'e1' };
    const records = [1, 2, 3, 4, 5].map((seq) =>
      callRecord(sample({ gateway: { ...process, seq }, decidedAt: at(seq) }), BigInt(seq)),
    );
    const { sessionRecords } = deployment.writeSide;
    await sessionRecords.take(batchOf(records.slice(0, 3)));
    await sessionRecords.take(batchOf(records.slice(0, 3)));
    await sessionRecords.take(batchOf(records.slice(1)));
    // A sender that tried again has written it twice into one batch.
    await sessionRecords.take(batchOf([...records, ...records]));
    await Promise.all(Array.from({ length: 4 }, () => sessionRecords.take(batchOf(records))));
    expect(await session()).toMatchObject({ calls: 5, lastSeenAt: at(5) });
    // The next process of the gateway counts from the start again.
    await sessionRecords.take(callBatch([sample({ gateway: { id: 'gateway-a', epoch: 'e2', seq: 1 } })]));
    expect(await session()).toMatchObject({ calls: 6 });
  });

  it('pass over what nobody can read, and take the rest', async () => {
    const broken = { ...callRecord(sample()), value: new TextEncoder().encode('{"type":') };
    const foreign = {
      ...callRecord(sample()),
      value: new TextEncoder().encode('{"type":"CallDecided","tenantId":7}'),
    };
    const unknown = { ...callRecord(sample()), type: 'CallPondered' };
    await deployment.writeSide.sessionRecords.take(batchOf([broken, foreign, unknown, callRecord(sample())]));
    expect(await session()).toMatchObject({ calls: 1 });
  });

  it('take text that a table cannot hold', async () => {
    await take({ name: 'nul\u0000', user: '\u0000ana' });
    expect(await session()).toMatchObject({ lastTool: 'nul', user: 'ana' });
  });

  it('leave out calls of nobody', async () => {
    await take({ key: null, agentSession: null }, { connection: null, agentSession: null });
    expect((await acme.query({ type: 'sessions', limit: 10 })).data).toEqual([]);
  });

  it('never move to another organization', async () => {
    const other = await deployment.tenant('Other');
    await take({});
    await take({ tenantId: other.id, user: 'mallory' });
    expect(await session()).toMatchObject({ calls: 1, user: null });
    await expect(other.query({ type: 'session', sessionId })).rejects.toMatchObject({
      code: 'session.not_found',
    });
  });

  it('are listed by latest use, by status and by page', async () => {
    for (let n = 0; n < 5; n += 1) await take({ agentSession: `session-${n}`, decidedAt: at(n % 3) });
    await acme.command({ type: 'SuspendSession', sessionId: 'session-3', reason: 'odd' });
    const list = async (over: object = {}) => {
      const { data, cursor } = await acme.query({ type: 'sessions', limit: 2, ...over });
      return { ids: (data as SessionView[]).map(({ id }) => id), cursor };
    };
    const first = await list();
    const second = await list({ cursor: first.cursor });
    const third = await list({ cursor: second.cursor });
    expect([...first.ids, ...second.ids, ...third.ids]).toEqual([
      'session-2',
      'session-4',
      'session-1',
      'session-3',
      'session-0',
    ]);
    expect(third.cursor).toBeNull();
    expect((await list({ status: 'suspended' })).ids).toEqual(['session-3']);
    expect((await list({ status: 'active', limit: 9 })).ids).toHaveLength(4);
    expect((await list({ status: 'completed' })).ids).toEqual([]);
    await expect(list({ cursor: 'WyJ4IiwieSJd' })).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('are suspended and resumed, at once for whoever decides', async () => {
    await take({});
    const suspended = await acme.command({ type: 'SuspendSession', sessionId, reason: 'odd' });
    expect(suspended.data).toMatchObject({ status: 'suspended', suspendedReason: 'odd' });
    const organization = deployment.deciding.state.organizations.get(acme.id);
    expect(organization?.suspended.get(sessionId)).toMatchObject({
      keyId: key.id,
      connectionId: connection.id,
      reason: 'odd',
    });
    // Calls that are refused meanwhile are still recorded, and do not lift the suspension.
    await take({ type: 'CallRefused' });
    expect(await session()).toMatchObject({ status: 'suspended', calls: 2 });
    const resumed = await acme.command({ type: 'ResumeSession', sessionId });
    expect(resumed.data).toMatchObject({ status: 'active', suspendedAt: null, suspendedReason: null });
    expect(organization?.suspended.size).toBe(0);
    await expect(
      acme.command({ type: 'SuspendSession', sessionId: 'unknown', reason: 'odd' }),
    ).rejects.toMatchObject({ code: 'session.not_found' });
  });

  describe('when idle', () => {
    const clockAt = (minutes: number) => (deployment.clock = () => new Date(at(minutes)));
    const sweep = () => deployment.writeSide.idleSessions.sweep();
    const ends = () =>
      deployment.database.query(`select data from policy.events where type = 'AgentSessionCompleted'`);

    it('are completed once, and the next call opens the next one', async () => {
      await take({ decidedAt: at(0) });
      clockAt(29);
      expect(await sweep()).toBe(0);
      clockAt(31);
      expect(await sweep()).toBe(1);
      expect(await session()).toMatchObject({ status: 'completed' });
      await until(() => deployment.deciding.state.generation(connection.id, key.id) === 1);
      expect(await sweep()).toBe(0);
      expect(await ends()).toHaveLength(1);
      await expect(acme.command({ type: 'SuspendSession', sessionId, reason: 'late' })).rejects.toMatchObject(
        { code: 'session.completed' },
      );
    });

    it('go on while an operator stops them', async () => {
      await take({ decidedAt: at(0) });
      await acme.command({ type: 'SuspendSession', sessionId, reason: 'odd' });
      clockAt(60);
      await sweep();
      expect(await ends()).toEqual([]);
      await acme.command({ type: 'ResumeSession', sessionId });
      await acme.command({
        type: 'EngageKillSwitch',
        scope: 'session',
        target: sessionId,
        mode: 'stop',
        reason: 'odd',
      });
      await sweep();
      expect(await ends()).toEqual([]);
      expect(await session()).toMatchObject({ status: 'active' });
    });

    it('are not judged while calls are still to be read', async () => {
      await take({ decidedAt: at(0) });
      await deployment.log.append([callRecord(sample({ decidedAt: at(40) }))]);
      clockAt(41);
      expect(await sweep()).toBe(0);
      expect(await session()).toMatchObject({ status: 'active' });
      const reader = await deployment.log.subscribe({
        group: SESSIONS_GROUP,
        topics: [TOPICS.calls.name],
        from: 'beginning',
        onBatch: (batch) => deployment.writeSide.sessionRecords.take(batch),
      });
      await until(async () => (await session()).lastSeenAt === at(40));
      await until(async () => (await deployment.log.committed(SESSIONS_GROUP, TOPICS.calls.name)).size > 0);
      await reader.stop();
      expect(await sweep()).toBe(0);
      clockAt(71);
      expect(await sweep()).toBe(1);
    });

    it('are not idle while calls join them, however far behind the log is', async () => {
      await take({ decidedAt: at(0) });
      const organization = deployment.deciding.state.organizations.get(acme.id);
      const [inUse, caller] = [organization?.connections.get(connection.id), organization?.keys.get(key.id)];
      if (!inUse || !caller) throw new Error('not in the state');
      // The gateway's spool holds these calls: nothing of them is in the log.
      for (const minutes of [0, 20, 39])
        expect(deployment.deciding.sessions.join(inUse, caller, Date.parse(at(minutes))).id).toBe(sessionId);
      clockAt(41);
      expect(await sweep()).toBe(0);
      expect(await session()).toMatchObject({ status: 'active', lastSeenAt: at(39) });
      clockAt(70);
      expect(await sweep()).toBe(1);
      expect(await session()).toMatchObject({ status: 'completed' });
    });

    it('are completed by many replicas as by one', async () => {
      await take({ decidedAt: at(0) });
      const ended = {
        tenantId: acme.id,
        connectionId: connection.id,
        keyId: key.id,
        sessionId,
        generation: 0,
        lastSeenAt: Date.parse(at(0)),
      };
      for (let n = 0; n < 8; n += 1) deployment.writeSide.sessionEnded(ended);
      await until(async () => (await session()).status === 'completed');
      clockAt(60);
      await sweep();
      expect(await ends()).toHaveLength(1);
    });

    it('show as completed even when their end was known before their calls', async () => {
      deployment.writeSide.sessionEnded({
        tenantId: acme.id,
        connectionId: connection.id,
        keyId: key.id,
        sessionId,
        generation: 0,
        lastSeenAt: Date.parse(at(0)),
      });
      await until(() => deployment.deciding.state.generation(connection.id, key.id) === 1);
      await take({ decidedAt: at(0) });
      expect(await session()).toMatchObject({ status: 'active' });
      clockAt(60);
      await sweep();
      expect(await session()).toMatchObject({ status: 'completed' });
      expect(await ends()).toHaveLength(1);
    });
  });
});
