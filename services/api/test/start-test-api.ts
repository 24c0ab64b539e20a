import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpApp, HealthRegistry, InternalClient } from '@portcullis/service';
import { pino } from 'pino';
import { AppModule, type ApiParts } from '../src/app.module.js';
import { openApiDocument } from '../src/openapi/openapi-document.js';
import { PageCursors } from '../src/audit-store/page-cursor.js';
import { ROUTES } from '../src/routes.js';
import { AccessChanges } from '../src/sign-in/access-changes.js';
import { noLogins } from './no-logins.js';

const TOKEN = 'x'.repeat(40);

export interface TestCaller {
  readonly tenantId: string;
  /** Member who owns the key. */
  readonly ownerId: string;
  readonly scopes?: readonly string[];
}

export interface TestApi {
  call(
    caller: TestCaller,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<{
    status: number;
    headers: Record<string, unknown>;
    text: string;
    body: { data: never; meta: Record<string, unknown>; code?: string };
  }>;
  close(): Promise<void>;
}

/** The API over real stores; the policy service is a stand-in that knows the callers of the test. */
export async function startTestApi(parts: Partial<ApiParts>): Promise<TestApi> {
  const known = new Map<string, TestCaller>();
  const policy = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      const caller = known.get((JSON.parse(body) as { credential: { digest: string } }).credential.digest);
      const principal = caller && {
        type: 'api_key',
        id: `key of ${caller.ownerId}`,
        name: `key of ${caller.ownerId}`,
        connections: null,
        scopes: ['audit:read'],
        ...caller,
      };
      response.end(
        JSON.stringify({ principal: principal ?? null, reason: principal ? null : 'auth.invalid' }),
      );
    });
  });
  await new Promise<void>((resolve) => policy.listen(0, '127.0.0.1', resolve));
  const { port } = policy.address() as AddressInfo;
  const client = new InternalClient({ kind: 'tcp', host: '127.0.0.1', port }, TOKEN, 'policy');
  const app = await createHttpApp(
    AppModule.with({
      policyClient: client,
      healthClients: new Map(),
      health: new HealthRegistry('api', 'test'),
      store: {},
      cursors: new PageCursors('a secret of thirty-two characters'),
      feed: {},
      savedViews: {},
      logins: noLogins,
      accessChanges: new AccessChanges(),
      invitations: {},
      createdOrganizations: {},
      organizationCreation: { creators: 'nobody', mostEach: 0 },
      accounts: {},
      limits: {},
      activity: { record: () => Promise.resolve() },
      refusedSignIns: {},
      origins: { publicUrl: undefined, allowedOrigins: [] },
      secureCookies: false,
      logger: pino({ level: 'silent' }),
      systemLog: {},
      openapi: openApiDocument(ROUTES, 'test'),
      gatewayUrl: 'http://gateway.test',
      ...parts,
    } as unknown as ApiParts),
    {
      logger: pino({ level: 'silent' }),
      bodyLimit: 1_000_000,
      configure: (nest) => void nest.setGlobalPrefix('/api/v1'),
    },
  );
  return {
    call: async (caller, method, path, body) => {
      const key = `ig_${createHash('sha256').update(JSON.stringify(caller)).digest('hex').slice(0, 40)}`;
      known.set(createHash('sha256').update(key).digest('hex'), caller);
      const answer = await app.inject({
        method,
        url: `/api/v1${path}`,
        headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { payload: JSON.stringify(body) } : {}),
      });
      const json =
        String(answer.headers['content-type']).includes('json') &&
        !String(answer.headers['content-type']).includes('ndjson');
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: answer.body,
        body: json ? answer.json() : { data: undefined as never, meta: {} },
      };
    },
    close: async () => {
      await app.close();
      await client.close();
      policy.close();
    },
  };
}
