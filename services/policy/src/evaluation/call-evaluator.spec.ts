import { describe, expect, it } from 'vitest';
import { generateSealingKeyPair, openSecret } from '@portcullis/service';
import { DecideRig } from '../../test/decide-rig.js';
import { PolicyHistory, allowAll, digestOf, tool } from '../../test/policy-history.js';
import { agentSessionId } from '../sessions-runtime/agent-session-id.js';
import { SESSION_IDLE_MS } from '../sessions-runtime/agent-sessions.js';
import { CannotDecide } from './call-evaluator.js';

const base = () => new PolicyHistory().organization().key('key-1').connection('main');
const open = () => base().policy('p', null, [allowAll]);
const firstSession = agentSessionId('org-1', 'con-main', 'key-1', 0);
const credential = (key: string) => ({ type: 'api_key' as const, digest: digestOf(key) });

describe('authenticate', () => {
  it('refuses a key nobody has, and says nothing of anybody', () => {
    const answer = new DecideRig(open()).decide({ credential: credential('ig_other') });
    expect(answer).toMatchObject({
      decision: 'deny',
      reason: 'auth.invalid',
      caller: null,
      connectionRef: null,
      connection: null,
      agentSession: null,
    });
  });

  it('takes no login cookie where there is nobody to ask whose it is', () => {
    const answer = new DecideRig(open()).decide({ credential: { type: 'cookie', digest: digestOf('c') } });
    expect(answer).toMatchObject({ reason: 'auth.invalid', caller: null });
  });

  it('refuses a revoked key and names whose it was', () => {
    const rig = new DecideRig(open().add('ApiKeyRevoked', { keyId: 'key-1', label: '' }));
    expect(rig.decide()).toMatchObject({
      decision: 'deny',
      reason: 'auth.revoked',
      caller: { key: { id: 'key-1' } },
      connectionRef: null,
    });
  });

  it('refuses a key from the instant it expires', () => {
    const rig = new DecideRig(open().key('short', { expiresAt: '2026-03-02T10:00:01Z' }));
    const ask = () => rig.decide({ credential: credential('ig_short') }).reason;
    expect(ask()).toBe(null);
    rig.now = Date.parse('2026-03-02T10:00:01Z');
    expect(ask()).toBe('auth.revoked');
  });

  it('refuses a key that is not for calling', () => {
    const rig = new DecideRig(open().key('admin', { scopes: ['admin'] }));
    expect(rig.decide({ credential: credential('ig_admin') })).toMatchObject({
      reason: 'auth.insufficient_scope',
      caller: { key: { id: 'admin' } },
    });
  });

  it('answers REST with the principal, and with the reason of a refusal', () => {
    const history = open()
      .key('admin', { scopes: ['admin'], connections: ['con-main'] })
      .add('ApiKeyRevoked', { keyId: 'key-1', label: '' });
    const { evaluator } = new DecideRig(history);
    expect(evaluator.authenticate(credential('ig_admin'))).toEqual({
      principal: {
        type: 'api_key',
        id: 'admin',
        tenantId: 'org-1',
        name: 'label of admin',
        scopes: ['admin'],
        ownerId: 'member-1',
        connections: ['con-main'],
      },
      reason: null,
    });
    expect(evaluator.authenticate(credential('ig_key-1'))).toEqual({
      principal: null,
      reason: 'auth.revoked',
    });
    expect(evaluator.authenticate(credential('ig_x'))).toEqual({ principal: null, reason: 'auth.invalid' });
  });
});

describe('resolve', () => {
  const notFound = {
    decision: 'deny',
    reason: 'connection.not_found',
    connectionRef: null,
    connection: null,
    caller: { tenantId: 'org-1' },
  };

  it('finds connections of the own organization only', () => {
    const history = open().organization('deny', 'org-2').connection('theirs', {}, 'org-2');
    expect(new DecideRig(history).decide({ slug: 'theirs' })).toMatchObject(notFound);
    expect(new DecideRig(history).decide({ slug: 'nothing' })).toMatchObject(notFound);
    expect(new DecideRig(history).decide({ slug: '__proto__' })).toMatchObject(notFound);
  });

  it('hides connections the key may not use, and disabled and deleted ones', () => {
    const limited = new DecideRig(
      open()
        .connection('other')
        .key('limited', { connections: ['con-other'] }),
    );
    expect(limited.decide({ credential: credential('ig_limited') })).toMatchObject(notFound);
    expect(limited.decide({ credential: credential('ig_limited'), slug: 'other' }).reason).toBe(null);
    const disabled = open().add('ConnectionDisabled', { connectionId: 'con-main', slug: 'main' });
    expect(new DecideRig(disabled).decide()).toMatchObject(notFound);
    expect(
      new DecideRig(disabled.add('ConnectionEnabled', { connectionId: 'con-main', slug: 'main' })).decide()
        .reason,
    ).toBe(null);
    expect(
      new DecideRig(open().add('ConnectionDeleted', { connectionId: 'con-main', slug: 'main' })).decide(),
    ).toMatchObject(notFound);
  });
});

describe('kill switches and suspension', () => {
  const engaged = (
    scope: 'organization' | 'connection' | 'agent' | 'session',
    target: string | null,
    id = 'k',
  ) => ({ killSwitchId: id, scope, target, mode: 'stop', reason: `why ${scope}` }) as const;
  const suspended = (scope: string, message: string) => ({
    decision: 'deny',
    reason: 'session.suspended',
    scope,
    message,
    connection: null,
    connectionRef: { id: 'con-main', slug: 'main' },
    agentSession: firstSession,
  });

  it.each([
    ['organization', null],
    ['connection', 'con-main'],
    ['agent', 'key-1'],
    ['session', firstSession],
  ] as const)('a kill switch on the %s refuses with its scope and reason until released', (scope, target) => {
    const rig = new DecideRig(open().add('KillSwitchEngaged', engaged(scope, target)));
    expect(rig.decide()).toMatchObject(suspended(scope, `why ${scope}`));
    rig.history.add('KillSwitchReleased', { killSwitchId: 'k', scope, target });
    expect(rig.catchUp().decide().reason).toBe(null);
  });

  it.each([
    ['connection', 'con-other'],
    ['agent', 'key-2'],
    ['session', 'another'],
  ] as const)('a kill switch on another %s changes nothing', (scope, target) => {
    expect(new DecideRig(open().add('KillSwitchEngaged', engaged(scope, target))).decide().reason).toBe(null);
  });

  it('a kill switch of another organization changes nothing', () => {
    const history = open()
      .organization('deny', 'org-2')
      .add('KillSwitchEngaged', engaged('organization', null), 'org-2');
    expect(new DecideRig(history).decide().reason).toBe(null);
  });

  it('of several, the widest is named', () => {
    const history = open()
      .add('KillSwitchEngaged', engaged('session', firstSession, 'k1'))
      .add('KillSwitchEngaged', engaged('connection', 'con-main', 'k2'));
    expect(new DecideRig(history).decide().scope).toBe('connection');
  });

  it('a suspended session is refused whatever the caller changes: handshake, user, protocol session', () => {
    const rig = new DecideRig(
      open().add('AgentSessionSuspended', {
        sessionId: firstSession,
        connectionId: 'con-main',
        keyId: 'key-1',
        reason: 'odd',
      }),
    );
    const expected = suspended('session', 'odd');
    expect(rig.decide()).toMatchObject(expected);
    expect(rig.decide({ method: 'initialize', target: { kind: 'method', name: '' } })).toMatchObject(
      expected,
    );
    expect(rig.decide({ user: 'somebody else' })).toMatchObject(expected);
    expect(rig.decide({ protocolSession: 'fresh' })).toMatchObject(expected);
    expect(rig.filter('tool', [{ name: 'read' }])).toEqual([false]);
  });

  it('waiting is no way out of a suspension', () => {
    const rig = new DecideRig(open());
    rig.decide();
    rig.history.add('AgentSessionSuspended', {
      sessionId: firstSession,
      connectionId: 'con-main',
      keyId: 'key-1',
      reason: 'odd',
    });
    rig.catchUp().now += 10 * SESSION_IDLE_MS;
    expect(rig.decide()).toMatchObject({ reason: 'session.suspended', agentSession: firstSession });
    expect(rig.ended).toEqual([]);
  });

  it('a suspension reaches a caller that was just taken on to the next session', () => {
    const rig = new DecideRig(open());
    rig.decide();
    rig.now += SESSION_IDLE_MS;
    const next = rig.decide().agentSession;
    expect(next).not.toBe(firstSession);
    // The operator saw the session that the events still say is open.
    rig.history.add('AgentSessionSuspended', {
      sessionId: firstSession,
      connectionId: 'con-main',
      keyId: 'key-1',
      reason: 'odd',
    });
    expect(rig.catchUp().decide()).toMatchObject({ reason: 'session.suspended', agentSession: firstSession });
  });
});

describe('policy', () => {
  it('denies what no rule matches, with the reason of a refusal', () => {
    expect(new DecideRig(base()).decide()).toMatchObject({
      decision: 'deny',
      reason: 'policy.denied',
      rule: null,
      policy: null,
      connection: null,
    });
  });

  it('alerts instead where the organization says so', () => {
    const history = new PolicyHistory().organization('alert').key('key-1').connection('main');
    expect(new DecideRig(history).decide()).toMatchObject({
      decision: 'alert',
      reason: null,
      connection: { slug: 'main' },
    });
  });

  it('says how grave the alert is that a rule raises, and nothing of the kind for other calls', () => {
    const alert = { name: 'watched', target: tool('*'), action: 'alert', severity: 'critical' };
    expect(new DecideRig(base().policy('p', null, [alert])).decide()).toMatchObject({
      decision: 'alert',
      severity: 'critical',
    });
    expect(new DecideRig(open()).decide()).not.toHaveProperty('severity');
    const limited = { ...alert, limit: { calls: 1, per: '1m', key: ['key'] } };
    const rig = new DecideRig(base().policy('p', null, [limited]));
    rig.decide();
    const refused = rig.decide();
    expect(refused).toMatchObject({ decision: 'deny', reason: 'rate.limited' });
    expect(refused).not.toHaveProperty('severity');
  });

  it('takes the first rule that matches: organization before connection, by order, then by creation', () => {
    const deny = (name: string) => ({ name, target: tool('*'), action: 'deny', message: `no: ${name}` });
    const history = base()
      .policy('own', 'con-main', [deny('own')], 0)
      .policy('late', null, [deny('late')], 5)
      .policy('second', null, [deny('second')], 1)
      .policy('first', null, [deny('first')], 1);
    const rig = new DecideRig(history);
    expect(rig.decide()).toMatchObject({
      decision: 'deny',
      reason: 'policy.denied',
      rule: 'second',
      message: 'no: second',
      policy: { id: 'second', name: 'second', revision: 1 },
    });
    for (const policyId of ['second', 'first', 'late']) {
      history.add('PolicyDeactivated', { policyId });
      rig.catchUp();
    }
    expect(rig.decide().rule).toBe('own');
    history.add('PolicyActivated', { policyId: 'late' });
    expect(rig.catchUp().decide().rule).toBe('late');
    history.add('PolicyDeleted', { policyId: 'late', name: 'late' }).publish('own', 2, [allowAll]);
    expect(rig.catchUp().decide()).toMatchObject({ rule: 'allow all', policy: { id: 'own', revision: 2 } });
  });

  it('leaves other connections and organizations alone', () => {
    const history = open()
      .connection('other')
      .policy('own', 'con-other', [], 0)
      .organization('deny', 'org-2')
      .key('key-2', {}, 'org-2')
      .connection('main', { connectionId: 'con-2' }, 'org-2');
    const rig = new DecideRig(history);
    expect(rig.decide({ slug: 'other' }).decision).toBe('allow');
    expect(rig.decide({ credential: credential('ig_key-2') })).toMatchObject({
      decision: 'deny',
      connectionRef: { id: 'con-2' },
    });
  });

  it('tells the matched conditions, the audit class and the longest time', () => {
    const history = base().policy('p', null, [
      {
        name: 'strict',
        target: tool('*'),
        conditions: { 'arguments.amount': { lt: 10 } },
        action: 'allow',
        audit: 'strict',
        timeout: '2m',
      },
    ]);
    expect(new DecideRig(history).decide({ arguments: { amount: 3 } })).toMatchObject({
      conditions: [{ attribute: 'arguments.amount', operator: 'lt', expected: 10, actual: 3 }],
      audit: 'strict',
      maxDurationMs: 120_000,
    });
  });

  it('decides by the user bound to the key, whatever is asserted', () => {
    const onlyAna = [{ name: 'ana', target: tool('*'), conditions: { user: 'ana' }, action: 'allow' }];
    const rig = new DecideRig(base().key('bound', { boundUser: 'bob' }).policy('p', null, onlyAna));
    expect(rig.decide({ user: 'ana' })).toMatchObject({
      decision: 'allow',
      caller: { user: 'ana', userBound: false },
    });
    expect(rig.decide({ user: 'ana', credential: credential('ig_bound') })).toMatchObject({
      decision: 'deny',
      caller: { user: 'bob', userBound: true },
    });
  });

  it('reads nothing from prototypes, however attributes are named', () => {
    const rules = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) => ({
      name,
      target: tool('*'),
      conditions: { [`metadata.${name}`]: { exists: true } },
      action: 'allow',
    }));
    const rig = new DecideRig(base().policy('p', null, rules));
    expect(rig.decide({ metadata: {} }).decision).toBe('deny');
    expect(rig.decide().decision).toBe('deny');
  });

  it('refuses a call whose rule needs arguments that were left out', () => {
    const rig = new DecideRig(
      base().policy('p', null, [
        { name: 'r', target: tool('*'), conditions: { 'arguments.a': 1 }, action: 'allow' },
      ]),
    );
    expect(rig.decide({ argumentsOmitted: true })).toMatchObject({
      decision: 'deny',
      reason: 'arguments.too_large',
    });
  });

  it('knows age and calls of the session', () => {
    const rig = new DecideRig(
      base().policy('p', null, [
        {
          name: 'three',
          target: tool('*'),
          conditions: { 'session.calls': { lt: 3 }, 'session.age': { lt: 60 } },
          action: 'allow',
        },
      ]),
    );
    expect([1, 2, 3, 4].map(() => rig.decide().decision)).toEqual(['allow', 'allow', 'allow', 'deny']);
    const young = new DecideRig(rig.history);
    young.decide();
    young.now += 60_000;
    expect(young.decide().decision).toBe('deny');
  });

  it('lets no rule of a connection decide before one of its organization, whatever it rests on', () => {
    const history = base()
      .policy('shared', null, [
        { name: 'big', target: tool('*'), conditions: { 'arguments.amount': { gt: 5 } }, action: 'deny' },
      ])
      .policy('own', 'con-main', [allowAll]);
    const rig = new DecideRig(history);
    expect(rig.decide({ arguments: { amount: 6 } })).toMatchObject({
      decision: 'deny',
      policy: { id: 'shared' },
    });
    expect(rig.decide({ arguments: { amount: 5 } })).toMatchObject({
      decision: 'allow',
      policy: { id: 'own' },
    });
    expect(rig.decide()).toMatchObject({ decision: 'allow', policy: { id: 'own' } });
    // Undecided by the organization's rule: the connection's must not answer in its place.
    expect(rig.decide({ argumentsOmitted: true })).toMatchObject({
      decision: 'deny',
      reason: 'arguments.too_large',
    });
  });

  it('falls to the default once, after both', () => {
    const miss = [{ name: 'other', target: tool('other'), action: 'deny' }];
    const history = new PolicyHistory()
      .organization('alert')
      .key('key-1')
      .connection('main')
      .policy('shared', null, miss)
      .policy('own', 'con-main', miss);
    const rig = new DecideRig(history);
    expect(rig.decide()).toMatchObject({ decision: 'alert', rule: null });
    history.add('OrganizationDefaultChanged', { before: 'alert', after: 'deny' });
    expect(rig.catchUp().decide()).toMatchObject({ decision: 'deny', reason: 'policy.denied', rule: null });
  });

  it('lets a rule of the connection deny what needs no allow', () => {
    const rig = new DecideRig(
      base().policy('own', 'con-main', [
        { name: 'no lists', target: { kind: 'mcp_method', method: 'tools/list' }, action: 'deny' },
      ]),
    );
    const ask = (method: string) => rig.decide({ method, target: { kind: 'method', name: '' } }).decision;
    expect([ask('tools/list'), ask('prompts/list'), ask('sampling/createMessage')]).toEqual([
      'deny',
      'allow',
      'deny',
    ]);
  });

  it('cannot decide by rules that do not compile, until a version that does', () => {
    const history = open().publish('p', 2, [{ ...allowAll, action: 'hold' }]);
    const rig = new DecideRig(history);
    expect(() => rig.decide()).toThrow('cannot be used');
    expect(() => rig.decide()).toThrow('cannot be used');
    history.publish('p', 3, [allowAll]);
    expect(rig.catchUp().decide().decision).toBe('allow');
  });
});

describe('limits', () => {
  const limited = () =>
    base().policy('p', null, [
      {
        name: 'no deletes',
        target: tool('delete_*'),
        action: 'deny',
        limit: { calls: 1, per: '1m', key: ['key'] },
      },
      {
        name: 'two a minute',
        target: tool('*'),
        action: 'allow',
        message: 'slow down',
        limit: { calls: 2, per: '1m', key: ['key'] },
      },
    ]);

  it('refuses past the limit with the time to wait, and lets through again afterwards', () => {
    const rig = new DecideRig(limited());
    expect([rig.decide().decision, rig.decide().decision]).toEqual(['allow', 'allow']);
    rig.now += 10_000;
    expect(rig.decide()).toMatchObject({
      decision: 'deny',
      reason: 'rate.limited',
      rule: 'two a minute',
      message: 'slow down',
      retryAfterMs: 50_000,
      connection: null,
    });
    rig.now += 50_000;
    expect(rig.decide().decision).toBe('allow');
  });

  it('uses nothing up for what is refused or only filtered', () => {
    const rig = new DecideRig(limited());
    for (let round = 0; round < 5; round += 1) {
      rig.call('delete_all');
      rig.filter('tool', [{ name: 'read' }]);
    }
    expect([rig.decide().decision, rig.decide().decision, rig.decide().reason]).toEqual([
      'allow',
      'allow',
      'rate.limited',
    ]);
  });

  it('uses nothing up for what cannot go on', () => {
    const history = limited();
    history.add('ConnectionChanged', { connectionId: 'con-main', before: {}, after: { authType: 'bearer' } });
    const rig = new DecideRig(history);
    for (let round = 0; round < 3; round += 1) expect(rig.decide().reason).toBe('upstream.unreachable');
    history.add('ConnectionChanged', { connectionId: 'con-main', before: {}, after: { authType: 'none' } });
    expect(rig.catchUp().decide().decision).toBe('allow');
  });
});

describe('what the gateway is told of the connection', () => {
  const gateway = generateSealingKeyPair();
  const sealedHistory = (details = {}) =>
    new PolicyHistory()
      .organization()
      .key('key-1')
      .credential('cred-1', 'upstream-token')
      .connection('main', { authType: 'bearer', secretId: 'cred-1', errorProfile: 'http', ...details })
      .policy('p', null, [allowAll]);

  it('everything, once, with the credential sealed to the process; then only that it is current', () => {
    const rig = new DecideRig(sealedHistory());
    rig.gatewayKeys.learn('gw', 'epoch-1', gateway.publicKey);
    const { connection, errorProfile } = rig.decide();
    if (connection === null || connection === 'current' || connection.auth.type !== 'bearer')
      throw new Error('not sealed');
    expect(connection).toMatchObject({
      id: 'con-main',
      slug: 'main',
      etag: 'con-main.3',
      upstreamUrl: 'https://main.example/mcp',
      identity: { mode: 'none' },
      errorProfile: 'http',
    });
    expect(errorProfile).toBe('http');
    expect(openSecret(connection.auth.credential, gateway, connection.etag)).toBe('upstream-token');
    expect(JSON.stringify(connection)).not.toContain('upstream-token');
    expect(rig.decide({ have: connection.etag }).connection).toBe('current');
    expect(rig.decide({ have: 'con-main.2' }).connection).toEqual(connection);
  });

  it('anew after a rotation', () => {
    const history = sealedHistory();
    const rig = new DecideRig(history);
    rig.gatewayKeys.learn('gw', 'epoch-1', gateway.publicKey);
    rig.decide();
    history
      .credential('cred-2', 'new-token')
      .add('ConnectionCredentialRotated', { connectionId: 'con-main', secretId: 'cred-2' });
    const { connection } = rig.catchUp().decide({ have: 'con-main.3' });
    if (connection === null || connection === 'current' || connection.auth.type !== 'bearer')
      throw new Error('not sealed');
    expect(openSecret(connection.auth.credential, gateway, connection.etag)).toBe('new-token');
  });

  it('with the name of the header where the credential goes', () => {
    const rig = new DecideRig(sealedHistory({ authType: 'header', authHeaderName: 'X-Api-Key' }));
    rig.gatewayKeys.learn('gw', 'epoch-1', gateway.publicKey);
    expect(rig.decide().connection).toMatchObject({ auth: { type: 'header', header: 'X-Api-Key' } });
  });

  it('nothing while the process is not known, unless it brings its key', () => {
    const rig = new DecideRig(sealedHistory());
    expect(() => rig.decide()).toThrow(CannotDecide);
    const { publicKey } = gateway;
    expect(rig.decide({ gateway: { id: 'gw', epoch: 'epoch-1', publicKey } }).connection).toMatchObject({
      id: 'con-main',
    });
    // One process, one key.
    const other = generateSealingKeyPair().publicKey;
    expect(() => rig.decide({ gateway: { id: 'gw', epoch: 'epoch-1', publicKey: other } })).toThrow(
      CannotDecide,
    );
    expect(() => rig.decide({ gateway: { id: 'gw', epoch: 'epoch-2', publicKey: 'A'.repeat(43) } })).toThrow(
      CannotDecide,
    );
  });

  it('that the upstream is out of reach when its credential is missing', () => {
    const history = sealedHistory();
    history.secrets.delete('cred-1');
    const rig = new DecideRig(history);
    rig.gatewayKeys.learn('gw', 'epoch-1', gateway.publicKey);
    expect(rig.decide()).toMatchObject({
      decision: 'deny',
      reason: 'upstream.unreachable',
      connection: null,
    });
  });

  it('nothing when the credential cannot be opened', () => {
    const history = sealedHistory();
    history.secrets.set('cred-1', {
      kind: 'credential',
      open: () => {
        throw new Error('wrong master key');
      },
    });
    const rig = new DecideRig(history);
    rig.gatewayKeys.learn('gw', 'epoch-1', gateway.publicKey);
    expect(() => rig.decide()).toThrow(CannotDecide);
  });
});

describe('agent sessions', () => {
  it('are the same on every replica, and others for other keys, connections and generations', () => {
    const history = open().key('key-2').connection('other');
    const [one, two] = [new DecideRig(history), new DecideRig(history)];
    expect(one.decide().agentSession).toBe(firstSession);
    expect(two.decide({ user: 'else', protocolSession: 'p' }).agentSession).toBe(firstSession);
    const ids = new Set([
      one.decide().agentSession,
      one.decide({ slug: 'other' }).agentSession,
      one.decide({ credential: credential('ig_key-2') }).agentSession,
      agentSessionId('org-1', 'con-main', 'key-1', 1),
    ]);
    expect(ids.size).toBe(4);
    expect(firstSession).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    // Ids are in audit rows for good.
    expect(firstSession).toBe('8aa65428-b3bd-856d-87bc-6cf838fd2193');
  });

  it('are joined until 30 minutes idle; then the next one opens and the end of the last is told', () => {
    const rig = new DecideRig(open());
    rig.decide();
    rig.now += SESSION_IDLE_MS - 1;
    expect(rig.decide().agentSession).toBe(firstSession);
    const lastSeenAt = rig.now;
    rig.now += SESSION_IDLE_MS;
    const second = rig.decide().agentSession;
    expect(second).toBe(agentSessionId('org-1', 'con-main', 'key-1', 1));
    expect(rig.ended).toEqual([
      {
        tenantId: 'org-1',
        connectionId: 'con-main',
        keyId: 'key-1',
        sessionId: firstSession,
        generation: 0,
        lastSeenAt,
      },
    ]);
    // Told again while the event is missing, then no more.
    rig.now += 10_000;
    expect(rig.decide().agentSession).toBe(second);
    expect(rig.ended).toHaveLength(2);
    rig.history.add('AgentSessionCompleted', {
      sessionId: firstSession,
      connectionId: 'con-main',
      keyId: 'key-1',
      generation: 0,
      lastSeenAt: '',
    });
    rig.catchUp().now += 10_000;
    expect(rig.decide().agentSession).toBe(second);
    expect(rig.ended).toHaveLength(2);
  });

  it('follow the generation events say, on a replica that saw nothing', () => {
    const history = open().add('AgentSessionCompleted', {
      sessionId: firstSession,
      connectionId: 'con-main',
      keyId: 'key-1',
      generation: 0,
      lastSeenAt: '',
    });
    expect(new DecideRig(history).decide().agentSession).toBe(
      agentSessionId('org-1', 'con-main', 'key-1', 1),
    );
  });
});

describe('lists', () => {
  it('show what the same evaluator would allow', () => {
    const history = base().policy('p', null, [
      { name: 'no deletes', target: tool('delete_*'), action: 'deny' },
      {
        name: 'read only',
        target: tool('*'),
        conditions: { 'tool.annotations.readOnlyHint': true },
        action: 'allow',
      },
      { name: 'docs', target: { kind: 'mcp_resource', uri: 'file:///docs/*' }, action: 'allow' },
      { name: 'greet', target: { kind: 'mcp_prompt', prompt: 'greet' }, action: 'allow' },
    ]);
    const rig = new DecideRig(history);
    const hint = { annotations: { readOnlyHint: true } };
    expect(
      rig.filter('tool', [
        { name: 'read', ...hint },
        { name: 'delete_x', ...hint },
        { name: 'write' },
        { nameless: 1 },
        { name: 7 },
        { name: '' },
      ]),
    ).toEqual([true, false, false, false, false, false]);
    expect(
      rig.filter('resource', [
        { uri: 'file:///docs/a' },
        { uri: 'file:///etc/a' },
        { uriTemplate: 'file:///docs/{name}' },
      ]),
    ).toEqual([true, false, true]);
    expect(rig.filter('prompt', [{ name: 'greet' }, { name: 'other' }])).toEqual([true, false]);
  });

  it('show a tool that some arguments would be allowed for', () => {
    const small = {
      name: 'small',
      target: tool('refund'),
      conditions: { 'arguments.amount': { lt: 500 } },
      action: 'allow',
    };
    expect(
      new DecideRig(base().policy('p', null, [small])).filter('tool', [
        { name: 'refund' },
        { name: 'other' },
      ]),
    ).toEqual([true, false]);
  });

  it('give later calls the annotations they showed', () => {
    const rig = new DecideRig(
      base().policy('p', null, [
        {
          name: 'read only',
          target: tool('*'),
          conditions: { 'tool.annotations.readOnlyHint': true },
          action: 'allow',
        },
      ]),
    );
    expect(rig.call('read').decision).toBe('deny');
    rig.filter('tool', [{ name: 'read', annotations: { readOnlyHint: true } }]);
    expect(rig.call('read').decision).toBe('allow');
    rig.filter('tool', [{ name: 'read', annotations: { readOnlyHint: 'yes' } }]);
    expect(rig.call('read').decision).toBe('deny');
  });

  it('show nothing to whoever may not call', () => {
    expect(
      new DecideRig(open()).filter('tool', [{ name: 'a' }, { name: 'b' }], {
        credential: credential('ig_x'),
      }),
    ).toEqual([false, false]);
  });
});

it('counts what each gateway process was answered', () => {
  const rig = new DecideRig(
    open().policy('no', null, [{ name: 'no', target: tool('delete'), action: 'deny' }], -1),
  );
  rig.decide();
  rig.decide();
  rig.call('delete');
  rig.decide({ credential: credential('ig_x') });
  rig.decide({ gateway: { id: 'gw', epoch: 'epoch-2' } });
  rig.filter('tool', [{ name: 'a' }]);
  expect([...rig.counts]).toEqual([
    { gateway: 'gw', epoch: 'epoch-1', forwarded: 2, refused: 1, unidentified: 1 },
    { gateway: 'gw', epoch: 'epoch-2', forwarded: 1, refused: 0, unidentified: 0 },
  ]);
});
