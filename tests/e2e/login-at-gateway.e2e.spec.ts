import { until } from '@portcullis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from './deployment.js';

const PAGE = 'https://console.example.com';
const PASSWORD = 'correct horse battery';
const LONG = { timeoutMs: 30_000, intervalMs: 200 };

interface Ask {
  readonly cookie: string;
  readonly origin?: string | null;
  readonly type?: string;
  readonly slug?: string;
}

let portcullis: TestDeployment;

beforeAll(async () => {
  portcullis = await startTestDeployment({ env: { PORTCULLIS_ALLOWED_ORIGINS: PAGE } });
});
afterAll(() => portcullis?.stop());

/** As a page does it. */
async function post(path: string, body: object, cookie = '') {
  const answer = await fetch(`${portcullis.apiUrl}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: portcullis.apiUrl, cookie },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text}`);
  return {
    data: (JSON.parse(text) as { data: { id: string; token: string } }).data,
    cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '',
  };
}

async function signIn(): Promise<string> {
  const { email, password } = portcullis.bootstrap;
  return (await post('/auth/sign-in', { email, password })).cookie;
}

/** Somebody new, by invitation. */
async function joined(email: string, role: string): Promise<{ cookie: string; memberId: string }> {
  const { data } = await portcullis.api<{ token: string }>('POST', '/invitations', { email, role });
  const { cookie } = await post('/auth/accept-invitation', {
    token: data.token,
    name: email,
    password: PASSWORD,
  });
  const members = await portcullis.api<{ id: string; email: string }[]>('GET', '/members?limit=200');
  return { cookie, memberId: members.data.find((member) => member.email === email)?.id ?? '' };
}

/** How the gateway answers a tool call, and how it says why not. */
async function call({ cookie, origin = PAGE, type = 'application/json', slug = 'everything' }: Ask) {
  const answer = await fetch(`${portcullis.gatewayUrl}/v1/mcp/${slug}`, {
    method: 'POST',
    headers: {
      cookie,
      accept: 'application/json, text/event-stream',
      'content-type': type,
      ...(origin === null ? {} : { origin }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', arguments: { message: 'by a person' } },
    }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    reason: answer.headers.get('x-portcullis-refusal'),
    trace: answer.headers.get('x-igris-trace-id'),
    isEchoed: text.includes('Echo: by a person'),
  };
}

describe('a login at the gateway', () => {
  it('calls tools as its person, and the audit history says who it was', async () => {
    const answer = await call({ cookie: await signIn() });
    expect(answer).toMatchObject({ status: 200, reason: null, isEchoed: true });
    let row: Record<string, unknown> | undefined;
    await until(async () => {
      const { data } = await portcullis.api<Record<string, unknown>[]>(
        'GET',
        `/audit-events?traceId=${answer.trace ?? ''}`,
      );
      row = data[0];
      return row !== undefined;
    }, LONG);
    expect(row).toMatchObject({ tool: 'echo', decision: 'allow', user: portcullis.bootstrap.email });
    // Neither the cookie nor what it is found by is on record.
    expect(JSON.stringify(row)).not.toMatch(/session_token|digest/);
  });

  it.each([
    ['of another origin', { origin: 'https://evil.example' }, 403],
    ['that hides its origin', { origin: 'null' }, 403],
    ['that names none', { origin: null }, 403],
    ['that sends a form', { type: 'text/plain' }, 415],
  ])('does nothing for a page %s', async (_, ask, status) => {
    expect(await call({ cookie: await signIn(), ...ask })).toMatchObject({ status, isEchoed: false });
  });

  it.each([
    ['', 'auth.required'],
    ['igris.session_token=made-up', 'auth.invalid'],
  ])('is nothing that can be made up: %j', async (cookie, reason) => {
    expect(await call({ cookie })).toMatchObject({ status: 401, reason });
  });

  it('may do what its role may', async () => {
    const developer = await joined('dev@example.com', 'developer');
    expect(await call(developer)).toMatchObject({ status: 200, isEchoed: true });
    const auditor = await joined('auditor@example.com', 'auditor');
    expect(await call(auditor)).toMatchObject({ status: 403, reason: 'auth.insufficient_scope' });
  });

  it('ends there with signing out', async () => {
    const cookie = await signIn();
    expect(await call({ cookie })).toMatchObject({ status: 200 });
    await post('/auth/sign-out', {}, cookie);
    expect(await call({ cookie })).toMatchObject({ status: 401, isEchoed: false });
  });

  it('ends there with the removal of the member', async () => {
    const removed = await joined('removed@example.com', 'developer');
    expect(await call(removed)).toMatchObject({ status: 200 });
    await portcullis.api('DELETE', `/members/${removed.memberId}`);
    const { status, isEchoed } = await call(removed);
    expect([401, 403]).toContain(status);
    expect(isEchoed).toBe(false);
  });

  it('works where its person works now, and nowhere else', async () => {
    const cookie = await signIn();
    expect(await call({ cookie })).toMatchObject({ status: 200 });
    const { data: other } = await post('/organizations', { name: 'Another' }, cookie);
    await post('/auth/organization', { organizationId: other.id }, cookie);
    expect(await call({ cookie })).toMatchObject({ status: 404, reason: 'connection.not_found' });
    const { organizationId } = portcullis.bootstrap;
    await post('/auth/organization', { organizationId }, cookie);
    expect(await call({ cookie })).toMatchObject({ status: 200, isEchoed: true });
  });
});
