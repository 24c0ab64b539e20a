import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { MEMBERSHIPS_PATH, ROLE_SCOPES, ROLES, SCOPES, type Role, type Scope } from '@portcullis/contracts';
import { createHttpApp, HealthRegistry, InternalClient } from '@portcullis/service';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule, type ApiParts } from './app.module.js';
import { hasScope } from './authentication/caller.js';
import { cookieOf, everybody } from '../test/everybody.js';
import { openApiDocument } from './openapi/openapi-document.js';
import { ROUTES } from './routes.js';
import { AccessChanges } from './sign-in/access-changes.js';

/**
 * Every route against every scope, every role and an organization that is not the caller's: a route that is not listed,
 * or that answers a caller it should not, fails here. The
 * policy service is a stand-in that knows keys alone: what matters is what happens before it is asked.
 */
const TOKEN = 'x'.repeat(40);
const keyFor = (scopes: readonly string[]) =>
  `ig_${createHash('sha256').update(scopes.join(' ')).digest('hex').slice(0, 40)}`;
const known = new Map<string, readonly string[]>();

let policy: Server;
let app: Awaited<ReturnType<typeof createHttpApp>>;
const registered: string[] = [];
/** Organizations the policy service was asked about. */
const asked = new Set<string>();

beforeAll(async () => {
  policy = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.url === MEMBERSHIPS_PATH) {
        // Everybody is a member of acme alone, as what their address says.
        const { email, tenantIds } = JSON.parse(body) as { email: Role; tenantIds: string[] };
        const found = tenantIds
          .filter((id) => id === 'acme')
          .map((id) => ({ organization: { id, name: id }, memberId: email, name: email, role: email }));
        return response.end(JSON.stringify({ memberships: found }));
      }
      if (request.url !== '/internal/v1/authenticate') {
        asked.add((JSON.parse(body) as { tenantId: string }).tenantId);
        response.statusCode = 418;
        return response.end(JSON.stringify({ code: 'stand_in.reached', title: 'reached', status: 418 }));
      }
      const digest = (JSON.parse(body) as { credential: { digest: string } }).credential.digest;
      const scopes = known.get(digest);
      const principal = scopes
        ? {
            type: 'api_key',
            id: 'k',
            tenantId: 'acme',
            name: 'key',
            scopes,
            ownerId: null,
            connections: null,
          }
        : null;
      return response.end(JSON.stringify({ principal, reason: principal ? null : 'auth.invalid' }));
    });
  });
  await new Promise<void>((resolve) => policy.listen(0, '127.0.0.1', resolve));
  const { port } = policy.address() as { port: number };
  const reached = () => Promise.reject(new Error('reached'));
  const unused = {
    run: reached,
    list: reached,
    find: reached,
    add: reached,
    cancel: reached,
    sign: reached,
    open: reached,
    subscribe: reached,
    clients: Infinity,
  };
  const parts = {
    policyClient: new InternalClient({ kind: 'tcp', host: '127.0.0.1', port }, TOKEN, 'policy'),
    notificationClient: new InternalClient({ kind: 'tcp', host: '127.0.0.1', port }, TOKEN, 'notification'),
    healthClients: new Map(),
    health: new HealthRegistry('api', 'test'),
    store: unused,
    cursors: unused,
    feed: unused,
    savedViews: unused,
    logger: pino({ level: 'silent' }),
    systemLog: { backend: 'postgres', figures: { positions: reached, committed: reached } },
    logins: everybody,
    accessChanges: new AccessChanges(),
    invitations: unused,
    createdOrganizations: unused,
    organizationCreation: { creators: 'owners', mostEach: 1 },
    accounts: unused,
    limits: unused,
    activity: unused,
    refusedSignIns: unused,
    secureCookies: false,
    origins: { publicUrl: undefined, allowedOrigins: [] },
    openapi: openApiDocument(ROUTES, 'test'),
    gatewayUrl: 'http://gateway.test',
  } as unknown as ApiParts;
  app = await createHttpApp(AppModule.with(parts), {
    logger: pino({ level: 'silent' }),
    bodyLimit: 1_000_000,
    configure: (nest) => {
      nest.setGlobalPrefix('/api/v1');
      nest
        .getHttpAdapter()
        .getInstance()
        .addHook('onRoute', (route) => {
          if (route.method !== 'HEAD' && route.method !== 'OPTIONS')
            registered.push(`${String(route.method)} ${route.url}`);
        });
    },
  });
});

afterAll(async () => {
  await app?.close();
  policy?.close();
});

async function callAs(
  route: (typeof ROUTES)[number],
  cookie: string,
  origin: string | null = 'http://localhost:80',
) {
  const answer = await app.inject({
    method: route.method,
    url: `/api/v1${route.path.replace(/:[a-z]+/gi, 'x')}?tenantId=other&organization=other`,
    headers: {
      cookie,
      'content-type': 'application/json',
      'x-tenant-id': 'other',
      ...(origin === null ? {} : { origin }),
    },
    ...(route.method === 'GET'
      ? {}
      : { payload: JSON.stringify({ tenantId: 'other', organizationId: 'other' }) }),
  });
  const code = answer.headers['content-type']?.toString().includes('problem')
    ? answer.json<{ code: string }>().code
    : null;
  return { status: answer.statusCode, code };
}

async function call(route: (typeof ROUTES)[number], scopes: readonly string[] | null) {
  const key = scopes === null ? undefined : keyFor(scopes);
  if (key !== undefined && scopes !== null) known.set(createHash('sha256').update(key).digest('hex'), scopes);
  const answer = await app.inject({
    method: route.method,
    url: `/api/v1${route.path.replace(/:[a-z]+/gi, 'x')}`,
    headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), 'content-type': 'application/json' },
    ...(route.method === 'GET' ? {} : { payload: '{}' }),
  });
  const code = answer.headers['content-type']?.toString().includes('problem')
    ? answer.json<{ code: string }>().code
    : null;
  return { status: answer.statusCode, code };
}

describe('access', () => {
  it('has a definition for every route the framework serves, and serves every definition', () => {
    const defined = ROUTES.map((route) => `${route.method} /api/v1${route.path}`);
    expect([...new Set(registered)].sort()).toEqual([...new Set(defined)].sort());
  });

  describe.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s',
    (_, route) => {
      if (route.access === 'public') {
        it('needs no key', async () => {
          expect((await call(route, null)).status).not.toBe(401);
        });
        return;
      }
      it.each(ROLES)('with the login of a member who is %s', async (role) => {
        const { status, code } = await callAs(route, cookieOf(role, 'acme'));
        const needs = typeof route.access === 'object' ? route.access.scope : null;
        if (needs === null || hasScope(ROLE_SCOPES[role], needs)) expect(code ?? '').not.toMatch(/^auth\./);
        else expect({ status, code }).toEqual({ status: 403, code: 'auth.insufficient_scope' });
      });

      it.each(ROLES)(
        'with the login of who is %s elsewhere, and works in an organization that does not list them',
        async (role) => {
          const answer = await callAs(route, cookieOf(role, 'foreign'));
          if (route.access === 'signed-in') expect(answer.code ?? '').not.toBe('auth.insufficient_scope');
          else expect(answer).toEqual({ status: 403, code: 'auth.no_organization' });
        },
      );

      if (route.method !== 'GET') {
        it.each(['https://evil.example', 'null', 'http://localhost:81', null])(
          'with a login, from a page of %s',
          async (origin) => {
            expect(await callAs(route, cookieOf('owner', 'acme'), origin)).toEqual({
              status: 403,
              code: 'auth.origin_forbidden',
            });
          },
        );
      }

      if (route.method !== 'GET') {
        it.each([
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=x',
          'text/plain',
          'text/plain; application/json',
          undefined,
        ])('with a login, as a form sends it: %s', async (type) => {
          const answer = await app.inject({
            method: route.method,
            url: `/api/v1${route.path.replace(/:[a-z]+/gi, 'x')}`,
            headers: {
              cookie: cookieOf('owner', 'acme'),
              origin: 'http://localhost:80',
              ...(type === undefined ? {} : { 'content-type': type }),
            },
            payload: Buffer.from('{}'),
          });
          expect(answer.statusCode).toBe(415);
        });
      }

      const needed = typeof route.access === 'object' ? route.access.scope : null;

      it('refuses a caller without a key', async () => {
        expect(await call(route, null)).toEqual({ status: 401, code: 'auth.required' });
      });

      it.each(SCOPES)('with a key of scope %s', async (scope: Scope) => {
        const { status, code } = await call(route, [scope]);
        if (route.access === 'signed-in')
          expect({ status, code }).toEqual({ status: 403, code: 'auth.sign_in_required' });
        else if (needed === null || hasScope([scope], needed)) expect(code ?? '').not.toMatch(/^auth\./);
        else expect({ status, code }).toEqual({ status: 403, code: 'auth.insufficient_scope' });
      });
    },
  );

  it.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s is kept by no cache, whatever it answers',
    async (_, route) => {
      for (const cookie of ['', cookieOf('owner', 'acme'), cookieOf('auditor', 'foreign')]) {
        const answer = await app.inject({
          method: route.method,
          url: `/api/v1${route.path.replace(/:[a-z]+/gi, 'x')}`,
          headers: { cookie, origin: 'http://localhost:80' },
        });
        expect(answer.headers).toMatchObject({
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        });
      }
    },
  );

  it('never takes a key from the query string', async () => {
    const key = keyFor(['admin']);
    known.set(createHash('sha256').update(key).digest('hex'), ['admin']);
    const answer = await app.inject({
      method: 'GET',
      url: `/api/v1/connections?api_key=${key}&authorization=Bearer%20${key}`,
    });
    expect(answer.statusCode).toBe(401);
  });

  it("asks in the caller's own organization alone, whatever a request names", async () => {
    known.set(
      createHash('sha256')
        .update(keyFor(['admin']))
        .digest('hex'),
      ['admin'],
    );
    for (const route of ROUTES) {
      await app.inject({
        method: route.method,
        url: `/api/v1${route.path.replace(/:[a-z]+/gi, 'x')}?tenantId=other&organization=other`,
        headers: {
          authorization: `Bearer ${keyFor(['admin'])}`,
          'content-type': 'application/json',
          'x-tenant-id': 'other',
        },
        ...(route.method === 'GET'
          ? {}
          : { payload: JSON.stringify({ tenantId: 'other', organizationId: 'other' }) }),
      });
    }
    for (const route of ROUTES) await callAs(route, cookieOf('owner', 'acme'));
    expect([...asked]).toEqual(['acme']);
  });

  it('an agent key cannot write anything', async () => {
    for (const route of ROUTES.filter((one) => one.method !== 'GET' && one.access !== 'public'))
      expect((await call(route, ['mcp'])).status).toBe(403);
  });
});
