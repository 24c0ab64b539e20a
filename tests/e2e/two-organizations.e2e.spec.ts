import { readFileSync } from 'node:fs';
import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeedReader } from './feed-reader.js';
import { startTwoOrganizations, type Organization, type TwoOrganizations } from './two-organizations.js';

/** Every REST route there is: generated from the route definitions, and held against them in CI. */
const OPENAPI = new URL('../../services/api/openapi.json', import.meta.url);
const { paths } = JSON.parse(readFileSync(OPENAPI, 'utf8')) as {
  paths: Record<string, Record<string, unknown>>;
};
const OPERATIONS = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
);

const LONG = { timeoutMs: 30_000, intervalMs: 100 };
const TRACE = 'trace-of-acme';
const SHARED_TRACE = 'trace-of-both';

/** Ids of what acme has, by the first part of the paths that take them. */
type Victims = Record<
  | 'alerts'
  | 'anomalies'
  | 'anomaly-settings'
  | 'api-keys'
  | 'audit-events'
  | 'connections'
  | 'invitations'
  | 'kill-switches'
  | 'lens'
  | 'members'
  | 'notification-channels'
  | 'notification-deliveries'
  | 'policies'
  | 'sessions'
  | 'traces',
  string
>;

let both: TwoOrganizations;
let acme: Organization;
let other: Organization;
let victims: Victims;

beforeAll(async () => {
  both = await startTwoOrganizations();
  ({ acme, other } = both);
  for (const organization of [acme, other]) await furnish(organization);
  victims = await victimsOf(acme);
  await victimsOf(other);
}, 240_000);

afterAll(() => both?.stop());

/** The same things in each, under names that tell whose they are; the slug `shared` is in both. */
async function furnish(organization: Organization): Promise<void> {
  const { marker, slug, upstream } = organization;
  for (const one of [slug, 'shared']) {
    await organization.data('POST', '/connections', {
      slug: one,
      name: `${marker} ${one}`,
      upstreamUrl: upstream.url,
      authType: 'none',
    });
    await organization.data('POST', '/policies', {
      name: `${marker} ${one}`,
      connection: one,
      rules: [{ name: `${marker} rule`, target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' }],
    });
  }
  await organization.data('POST', '/members', {
    email: `member@${marker}.example.com`,
    name: marker,
    role: 'developer',
  });
  await organization.data('POST', '/lens/views', { name: marker, q: `tool:${marker}_note`, shared: true });
  await organization.data('POST', '/notification-channels', {
    name: marker,
    type: 'webhook',
    settings: { url: upstream.url },
  });
  for (const one of [slug, 'shared']) expect((await organization.tool(one, SHARED_TRACE)).status).toBe(200);
  expect((await organization.tool(slug, organization === acme ? TRACE : 'trace-of-other')).status).toBe(200);
  // Something to find.
  expect(
    (await organization.tool(slug, 'destruction', organization.agentKey, `delete_${marker}`)).status,
  ).toBe(200);
}

async function victimsOf(organization: Organization): Promise<Victims> {
  const first = async (path: string, where: (item: Record<string, unknown>) => boolean = () => true) => {
    let id: unknown;
    await until(
      async () => {
        const items = await organization.data<Record<string, unknown>[]>('GET', path);
        id = items.find(where)?.['id'];
        return id !== undefined;
      },
      { ...LONG, describe: `something at ${path}` },
    );
    return String(id);
  };
  const spare = await organization.data<{ id: string }>('POST', '/api-keys', {
    label: `${organization.marker} spare`,
    agent: organization.marker,
  });
  const killSwitch = await organization.data<{ id: string }>('POST', '/kill-switches', {
    scope: 'agent',
    target: spare.id,
    reason: organization.marker,
  });
  const channel = await first('/notification-channels');
  const connection = await first('/connections', ({ slug }) => slug === organization.slug);
  const delivery = await organization.data<{ id: string }>(
    'POST',
    `/notification-channels/${channel}/test`,
    {},
  );
  return {
    alerts: await first('/alerts'),
    anomalies: await first('/anomalies'),
    'api-keys': spare.id,
    'audit-events': await first('/audit-events?type=tool_call'),
    'anomaly-settings': connection,
    connections: connection,
    'kill-switches': killSwitch.id,
    invitations: await invited(organization),
    lens: await first('/lens/views'),
    members: await first('/members', ({ name }) => name === organization.marker),
    'notification-channels': channel,
    'notification-deliveries': delivery.id,
    policies: await first('/policies', ({ connection }) => connection === organization.slug),
    sessions: await first('/sessions'),
    traces: TRACE,
  };
}

async function invited(organization: Organization): Promise<string> {
  const { id } = await organization.data<{ id: string }>('POST', '/invitations', {
    email: `${organization.marker}@example.com`,
    role: 'auditor',
  });
  return id;
}

const rule = { name: 'r', target: { kind: 'mcp_tool', tool: '*' }, action: 'deny' };
const target = (scope: string, id: string) => ({ scope, target: id, reason: 'foreign' });

/** Bodies of the routes that name a foreign thing in their path. */
const BODIES: Record<string, unknown> = {
  'PATCH /connections/{id}': { name: 'taken' },
  'PATCH /members/{id}': { role: 'owner' },
  'PUT /anomaly-settings/{connection}': { rateMultiplier: 9 },
  'PATCH /lens/views/{id}': { name: 'taken' },
  'PATCH /notification-channels/{id}': { name: 'taken' },
  'PUT /policies/{id}': { name: 'taken', rules: [rule] },
  'POST /policies/{id}/move': { order: 9 },
  'POST /policies/{id}/roll-back': { version: 1 },
  'POST /sessions/{id}/suspend': { reason: 'foreign' },
  'POST /alerts/{id}/mute': { until: new Date(Date.now() + 3_600_000).toISOString() },
};

/** Routes without an id in their path that take one in their body: each of these must lead nowhere. */
const NAMED: Record<string, (of: Victims, slug: string) => unknown[]> = {
  'POST /api-keys': ({ connections }) => [{ label: 'spy', connections: [connections] }],
  'POST /kill-switches': (of, slug) => [
    target('agent', of['api-keys']),
    target('connection', of.connections),
    target('connection', slug),
    target('session', of.sessions),
  ],
  'POST /kill-switches/preview': (of, slug) => [
    { scope: 'agent', target: of['api-keys'] },
    { scope: 'connection', target: of.connections },
    { scope: 'connection', target: slug },
    { scope: 'session', target: of.sessions },
  ],
  'POST /policies': (_, slug) => [{ name: 'spy', connection: slug, rules: [rule] }],
  'POST /policies/preview': ({ connections }, slug) => [
    { rule, connection: connections },
    { rule, connection: slug },
  ],
  'POST /policies/simulate': ({ connections }, slug) => [
    { request: { connection: connections, tool: 'x' } },
    { request: { connection: slug, tool: 'x' } },
  ],
  'POST /notification-deliveries/replay': (of) => [
    {
      from: '2026-01-01T00:00:00.000Z',
      to: '2036-01-01T00:00:00.000Z',
      channelId: of['notification-channels'],
    },
  ],
  'PUT /notification-routes': (of) => [
    { routes: [{ name: 'spy', channels: [of['notification-channels']] }], defaultRoute: { channels: [] } },
    { routes: [], defaultRoute: { channels: [of['notification-channels']] } },
  ],
};

/** Routes that name nobody: they answer, and show nothing of the other. Lists are asked for all there is. */
const range = { from: 'now-1h', to: 'now' };
const OWN: Record<string, { path?: string; body?: unknown }> = {
  'GET /alerts': {},
  'GET /anomalies': {},
  'GET /anomaly-settings': {},
  'GET /invitations': {},
  'GET /me': {},
  'GET /api-keys': {},
  'GET /connections': {},
  'GET /kill-switches': { path: '?includeReleased=true' },
  'GET /members': {},
  'GET /lens/views': {},
  'GET /notification-channels': {},
  'GET /notification-deliveries': {},
  'GET /notification-routes': {},
  'GET /organization': {},
  'GET /policies': {},
  'GET /sessions': {},
  'GET /system': {},
  'GET /lens/fields': {},
  'GET /health': {},
  'GET /openapi.json': {},
  'GET /dashboard': {},
  'GET /audit-events': { path: '?limit=200' },
  'GET /lens/values': { path: '?field=tool&from=now-1h&to=now' },
  'POST /lens/query': { body: { q: '', ...range, limit: 1000 } },
  'POST /lens/export': { body: { q: '', ...range } },
  'POST /lens/facets': { body: { q: '', ...range, fields: ['tool', 'user', 'connection', 'rule'] } },
  'POST /lens/histogram': { body: { q: '', ...range } },
  'POST /lens/parse': { body: { q: 'tool:x' } },
  'POST /lens/cancel': { body: { queryId: '00000000-0000-4000-8000-000000000000' } },
  'POST /lens/views': { body: { name: 'own', q: '' } },
  'POST /connections': {
    body: {
      slug: 'twin-connection',
      name: 'twin',
      upstreamUrl: 'https://mcp.example.com/mcp',
      authType: 'none',
    },
  },
  'POST /invitations': { body: { email: 'invited-twin@example.com', role: 'auditor' } },
  'POST /members': { body: { email: 'twin@example.com', name: 'Twin', role: 'auditor' } },
  'POST /notification-channels': {
    body: { name: 'own', type: 'webhook', settings: { url: 'https://hooks.example.com/x' } },
  },
  'PUT /anomaly-settings': { body: { rateMultiplier: 9 } },
  'PATCH /organization': { body: { name: 'Other renamed' } },
};

/** Its own test below. */
const STREAMS = ['GET /events'];

/** Of a person who is signed in, or is about to be: an API key is nobody there, whatever ids it names. */
const PERSONAL = [
  'POST /auth/accept-invitation',
  'POST /auth/change-password',
  'POST /auth/organization',
  'GET /auth/sessions',
  'DELETE /auth/sessions/{id}',
  'POST /organizations',
  'POST /auth/sign-in',
  'POST /auth/sign-out',
  'GET /auth/invitations/{token}',
];

const withIds = OPERATIONS.filter((operation) => operation.includes('{') && !PERSONAL.includes(operation));
const without = OPERATIONS.filter(
  (operation) => !operation.includes('{') && !STREAMS.includes(operation) && !PERSONAL.includes(operation),
);

/** What acme shows of itself, but for when something was last used. */
async function snapshot(): Promise<string> {
  const lists = [
    '/organization',
    '/members',
    '/api-keys',
    '/connections',
    '/anomaly-settings',
    '/policies',
    '/kill-switches?includeReleased=true',
    '/lens/views',
    '/notification-channels',
    '/notification-routes',
    '/sessions',
    `/policies/${victims.policies}/versions`,
  ];
  const shown = await Promise.all(lists.map(async (path) => (await acme.rest('GET', path)).text));
  return shown
    .join('\n')
    .replace(/"(lastUsedAt|lastSeenAt|lastDeliveryAt|health)":("[^"]*"|null|\{[^}]*\})/g, '"$1":null');
}

describe('every route with ids of another organization in its path', () => {
  it.each(withIds)('%s answers as if there were no such thing, and changes nothing', async (operation) => {
    const [method = '', path = ''] = operation.split(' ');
    const area = path.split('/')[1] as keyof Victims;
    expect(Object.keys(victims), `an id for the routes below /${area}`).toContain(area);
    const before = await snapshot();
    const body = operation in BODIES ? BODIES[operation] : method === 'POST' ? {} : undefined;
    const answer = await other.rest(method, path.replace(/\{\w+\}/, encodeURIComponent(victims[area])), body);
    expect(answer).toMatchObject({ status: 404, code: expect.stringMatching(/not_found$/) as unknown });
    expect(await snapshot()).toBe(before);
    // The owner is not told so: the id was a good one.
    if (method === 'GET')
      expect((await acme.rest(method, path.replace(/\{\w+\}/, victims[area]))).status).toBe(200);
  });
});

describe('every other route', () => {
  it('is listed with a case', () => {
    const listed = [...Object.keys(OWN), ...Object.keys(NAMED)];
    expect(without.filter((operation) => !listed.includes(operation))).toEqual([]);
    expect(listed.filter((operation) => !OPERATIONS.includes(operation))).toEqual([]);
  });

  it.each(without.filter((operation) => operation in NAMED))(
    '%s takes no id of another organization in its body',
    async (operation) => {
      const [method = '', path = ''] = operation.split(' ');
      const before = await snapshot();
      for (const body of NAMED[operation]?.(victims, acme.slug) ?? []) {
        const answer = await other.rest(method, path, body);
        expect(answer, JSON.stringify(body)).toMatchObject({
          status: operation === 'PUT /notification-routes' ? 400 : 404,
        });
        // What was sent may come back; what acme calls it may not.
        expect(answer.text.replaceAll(acme.slug, '')).not.toContain(acme.marker);
      }
      expect(await snapshot()).toBe(before);
    },
  );

  it.each(without.filter((operation) => operation in OWN))(
    '%s shows nothing of another organization',
    async (operation) => {
      const [method = '', path = ''] = operation.split(' ');
      const { path: query = '', body } = OWN[operation] ?? {};
      const before = await snapshot();
      const answer = await other.rest(method, `${path}${query}`, body);
      expect(answer.status, answer.text).toBeLessThan(300);
      const sent = JSON.stringify(body ?? '');
      for (const foreign of [acme.marker, acme.id, ...Object.values(victims)])
        if (!sent.includes(foreign)) expect(answer.text.includes(foreign), foreign).toBe(false);
      expect(await snapshot()).toBe(before);
    },
  );
});

describe('Lens', () => {
  const rows = async (organization: Organization, q: string) =>
    (
      await organization.data<{ rows: Record<string, unknown>[] }>('POST', '/lens/query', {
        q,
        from: 'now-1h',
        to: 'now',
        limit: 1000,
      })
    ).rows;

  it.each([
    '',
    'tool:acme7f3_note',
    'acme7f3',
    'user:acme7f3*',
    `trace:${TRACE}`,
    'connection:acme7f3-only',
    'NOT tool:nothing',
    'tool:other9c1_note OR tool:acme7f3_note',
    '| stats count() by user, connection',
    '| top 10 tool',
    '| timeseries count() by connection',
  ])('never shows a foreign row: %s', async (q) => {
    await until(async () => (await rows(acme, 'tool:acme7f3_note')).length === 3, LONG);
    expect(JSON.stringify(await rows(other, q))).not.toContain(acme.marker);
    expect(JSON.stringify(await rows(acme, q))).not.toContain(other.marker);
  });

  it('counts what is its own alone, in a trace that both use too', async () => {
    await until(async () => (await rows(other, `trace:${SHARED_TRACE}`)).length === 2, LONG);
    expect(await rows(acme, `trace:${SHARED_TRACE}`)).toHaveLength(2);
    const spans = await other.data<{ spans: { user: string }[] }>('GET', `/traces/${SHARED_TRACE}`);
    expect(spans.spans.map(({ user }) => user)).toEqual([
      `${other.marker}@example.com`,
      `${other.marker}@example.com`,
    ]);
  });

  it('does not go on with a page of somebody else', async () => {
    const body = { q: '', from: 'now-1h', to: 'now', limit: 1 };
    const { meta } = (await acme.rest('POST', '/lens/query', body)).json<{ meta: { cursor: string } }>();
    expect((await acme.rest('POST', '/lens/query', { ...body, cursor: meta.cursor })).status).toBe(200);
    expect((await other.rest('POST', '/lens/query', { ...body, cursor: meta.cursor })).status).toBe(400);
  });
});

describe('the gateway', () => {
  it('does not know the slug of another organization, and forwards nothing', async () => {
    const seen = acme.upstream.seen.size;
    const answer = await other.tool(acme.slug, 'foreign-slug');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-portcullis-refusal')).toBe('connection.not_found');
    expect(acme.upstream.seen.size).toBe(seen);
  });

  it('leads a slug that both have to the upstream of the caller', async () => {
    const seen = acme.upstream.seen.size;
    expect((await other.tool('shared', 'own-slug')).status).toBe(200);
    expect([...other.upstream.seen].at(-1)).toContain(other.marker);
    expect(acme.upstream.seen.size).toBe(seen);
  });
});

describe('the live feed', () => {
  it('shows nothing of another organization, from now on and when it is resumed', async () => {
    const { portcullis } = both;
    const readers = [
      new FeedReader(portcullis.apiUrl, acme.apiKey),
      new FeedReader(portcullis.apiUrl, other.apiKey),
    ] as const;
    await Promise.all(readers.map((reader) => reader.open()));
    for (let call = 0; call < 5; call += 1) {
      for (const organization of [acme, other])
        expect((await organization.tool('shared', 'feed')).status).toBe(200);
    }
    const calls = (reader: FeedReader, marker: string) => reader.text.split(`${marker}_note`).length - 1;
    await until(() => calls(readers[0], acme.marker) >= 5 && calls(readers[1], other.marker) >= 5, LONG);
    expect(readers[0].text).not.toContain(other.marker);
    expect(readers[1].text).not.toContain(acme.marker);

    // A position says where in the log a reader was, not whose reader it was.
    const resumed = new FeedReader(portcullis.apiUrl, other.apiKey, readers[0].firstId);
    await resumed.open();
    await until(() => calls(resumed, other.marker) >= 4, LONG);
    expect(resumed.text).not.toContain(acme.marker);
    for (const reader of [...readers, resumed]) reader.close();
  });
});
