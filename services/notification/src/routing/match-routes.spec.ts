import type { AlertSeverity, RouteList } from '@portcullis/contracts';
import { routeListSchema } from '@portcullis/contracts';
import { describe, expect, it } from 'vitest';
import { destinationsOf, type Routable } from './match-routes.js';
import { routesOf, settingsOf } from './route.js';

const alert = (overrides: Partial<Routable> = {}): Routable => ({
  id: 'a1',
  kind: 'rate_spike',
  severity: 'medium',
  connection: 'prod-db',
  agent: 'coder',
  user: 'ana@example.com',
  tool: 'query',
  rule: null,
  ...overrides,
});

type RouteBody = RouteList['routes'][number];
const listOf = (routes: (Partial<RouteBody> & { id: string })[], fallback: object = {}) =>
  routesOf(
    1,
    routeListSchema.parse({
      routes: routes.map((route) => ({ name: route.id, channels: [route.id], ...route })),
      defaultRoute: { channels: ['fallback'], ...fallback },
    }),
  ).list;
const channelsFor = (one: Routable, routes: Parameters<typeof listOf>[0]) =>
  destinationsOf(one, listOf(routes)).map(({ channelId }) => channelId);

describe('a route', () => {
  const routed = (matchers: RouteBody['matchers'], one: Routable) =>
    channelsFor(one, [{ id: 'r', matchers }])[0] === 'r';

  it.each([
    ['info', 'medium', true],
    ['medium', 'medium', true],
    ['high', 'medium', false],
    ['high', 'critical', true],
    ['critical', 'high', false],
  ] as [AlertSeverity, AlertSeverity, boolean][])(
    'of severity %s takes one of %s: %s',
    (least, severity, yes) => {
      expect(routed({ severity: least }, alert({ severity }))).toBe(yes);
    },
  );

  it.each([
    [['prod-*'], 'prod-db', true],
    [['prod-*'], 'staging', false],
    [['staging', '{prod,test}-db'], 'prod-db', true],
    [['!prod-*'], 'prod-db', false],
    [['!prod-*'], 'staging', true],
    // What belongs to no connection.
    [['*'], null, true],
    [['prod-*'], null, false],
    [['!prod-*'], null, false],
  ] as [string[], string | null, boolean][])(
    'of connections %j takes %s: %s',
    (connections, connection, yes) => {
      expect(routed({ connections }, alert({ connection }))).toBe(yes);
    },
  );

  it('of a kind takes that kind alone', () => {
    expect(routed({ kinds: ['rate_spike', 'kill_switch'] }, alert())).toBe(true);
    expect(routed({ kinds: ['kill_switch'] }, alert())).toBe(false);
  });

  it('takes what all its matchers match', () => {
    const matchers = { severity: 'low', kinds: ['rate_spike'], connections: ['prod-*'] } as const;
    expect(routed({ ...matchers, kinds: ['rate_spike'], connections: ['prod-*'] }, alert())).toBe(true);
    expect(routed({ ...matchers, kinds: ['rate_spike'], connections: ['x'] }, alert())).toBe(false);
  });
});

describe('routes', () => {
  it('are asked in their order; the first that matches takes it', () => {
    expect(
      channelsFor(alert(), [{ id: 'no', matchers: { kinds: ['x'] } }, { id: 'a' }, { id: 'b' }]),
    ).toEqual(['a']);
  });

  it('go on after one that says so', () => {
    expect(channelsFor(alert(), [{ id: 'a', continue: true }, { id: 'b' }, { id: 'c' }])).toEqual(['a', 'b']);
  });

  it('leave the default route what no other took, and only that', () => {
    expect(channelsFor(alert(), [{ id: 'no', matchers: { kinds: ['x'] } }])).toEqual(['fallback']);
    expect(channelsFor(alert(), [{ id: 'a', continue: true }])).toEqual(['a']);
    // A route without channels takes it all the same: to nobody.
    expect(channelsFor(alert(), [{ id: 'a', channels: [] }])).toEqual([]);
  });

  it('tell a channel once, by the first route that names it', () => {
    const routes = listOf([
      { id: 'a', continue: true, channels: ['x', 'y'] },
      { id: 'b', channels: ['y', 'z'] },
    ]);
    expect(destinationsOf(alert(), routes).map(({ channelId, routeId }) => [channelId, routeId])).toEqual([
      ['x', 'a'],
      ['y', 'a'],
      ['z', 'b'],
    ]);
  });
});

describe('a group', () => {
  const keyOf = (groupBy: RouteBody['groupBy'], one: Routable) =>
    destinationsOf(one, listOf([{ id: 'r', groupBy }]))[0]!.groupKey;

  it('has those whose labels are equal', () => {
    expect(keyOf(['kind', 'connection'], alert({ id: 'a2', agent: 'other' }))).toBe(
      keyOf(['kind', 'connection'], alert()),
    );
    expect(keyOf(['connection', 'kind'], alert())).toBe(keyOf(['kind', 'connection'], alert()));
    expect(keyOf(['kind'], alert({ kind: 'x' }))).not.toBe(keyOf(['kind'], alert()));
    expect(keyOf([], alert({ kind: 'x', connection: null }))).toBe(keyOf([], alert()));
    expect(keyOf(['alert'], alert({ id: 'a2' }))).not.toBe(keyOf(['alert'], alert()));
  });

  it('is not confused by values that look like others', () => {
    const one = alert({ agent: 'a","tool":"b', tool: null });
    expect(keyOf(['agent', 'tool'], one)).not.toBe(
      keyOf(['agent', 'tool'], alert({ agent: 'a', tool: 'b' })),
    );
    expect(keyOf(['connection'], alert({ connection: 'null' }))).not.toBe(
      keyOf(['connection'], alert({ connection: null })),
    );
  });

  it('keeps the timers of its route, or those of the default route when it is gone', () => {
    const routes = routesOf(
      2,
      routeListSchema.parse({
        routes: [{ id: 'r', name: 'r', groupWait: 7 }],
        defaultRoute: { groupWait: 9 },
      }),
    );
    expect(settingsOf(routes, 'r').groupWaitMs).toBe(7_000);
    expect(settingsOf(routes, null).groupWaitMs).toBe(9_000);
    expect(settingsOf(routes, 'gone').groupWaitMs).toBe(9_000);
  });
});
