import type { Caller, GatewayConnection } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.js';
import { ProtocolSessions, type ProtocolSession, type SessionSeed } from './protocol-sessions.js';

function sessions(limits: Partial<ConstructorParameters<typeof ProtocolSessions>[0]> = {}) {
  const dropped: ProtocolSession[] = [];
  const all = new ProtocolSessions(
    { sessions: 100, sessionsPerKey: 100, sessionIdleMs: 60_000, ...limits },
    (session) => dropped.push(session),
    new Deadlines(),
  );
  const open = (digest = 'key'): ProtocolSession => all.open(seed(all.newId(), digest))!;
  return { all, dropped, open };
}
const seed = (id: string, digest: string): SessionSeed => ({
  id,
  digest,
  slug: 'tools',
  upstreamId: 'upstream',
  revision: '2025-11-25',
  client: null,
  clientCapabilities: {},
  serverCapabilities: {},
  caller: {
    tenantId: 'org',
    key: { id: 'k', label: 'k', agent: null },
    user: null,
    userBound: false,
  } satisfies Caller,
  agentSession: 'as',
  connection: { id: 'c' } as GatewayConnection,
  errorProfile: 'auto',
});

describe('ProtocolSessions', () => {
  it('finds a session for its own key and connection alone', () => {
    const { all, open } = sessions();
    const session = open();
    expect(all.find(session.id, 'key', 'tools')).toBe(session);
    expect(all.find(session.id, 'other', 'tools')).toBeUndefined();
    expect(all.find(session.id, 'key', 'elsewhere')).toBeUndefined();
    expect(all.find('nobody', 'key', 'tools')).toBeUndefined();
    expect(session.id).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it('ends what is idle for too long, and nothing that is in use', () => {
    const { all, dropped, open } = sessions();
    const [idle, busy, fresh] = [open(), open(), open()];
    busy.users = 1;
    const later = performance.now() + 61_000;
    fresh.lastUsed = later - 1_000;
    all.find(idle.id, 'key', 'tools');
    idle.lastUsed = busy.lastUsed = later - 61_000;
    // Order of last use: busy, fresh, idle; a session that is not idle yet ends the search.
    all.onDeadline(later);
    expect(dropped).toEqual([]);
    fresh.lastUsed = later - 61_000;
    all.onDeadline(later);
    expect(dropped).toEqual([fresh, idle]);
    expect(all.size).toBe(1);
  });

  it('keeps one key from driving out the others', () => {
    const { all, dropped, open } = sessions({ sessions: 4, sessionsPerKey: 2 });
    const theirs = open('b');
    const [first] = [open('a'), open('a'), open('a')];
    expect(dropped).toEqual([first]);
    expect(all.find(theirs.id, 'b', 'tools')).toBe(theirs);
  });

  it('has no room when everything is in use', () => {
    const { all, open } = sessions({ sessions: 2 });
    open().users = 1;
    open().users = 1;
    expect(all.open(seed('x', 'c'))).toBeUndefined();
    expect(all.size).toBe(2);
  });

  it('forgets the count of a key with its last session', () => {
    const { all, open } = sessions({ sessionsPerKey: 1 });
    for (let round = 0; round < 3; round += 1) all.end(open());
    const last = open();
    all.end(last);
    all.end(last);
    expect(all.size).toBe(0);
    expect(open()).toBeDefined();
  });
});
