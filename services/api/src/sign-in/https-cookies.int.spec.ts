import { startPostgres, type TestPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SignInRig } from '../../test/sign-in-rig.js';

const PASSWORD = 'correct horse battery';
const ORIGIN = 'https://portcullis.example';
const headers = { origin: ORIGIN, host: 'portcullis.example' };
let postgres: TestPostgres;
let rig: SignInRig;

beforeAll(async () => {
  postgres = await startPostgres();
  rig = await SignInRig.start(postgres, { secure: true, publicUrl: ORIGIN });
  await rig.person('ana@example.com', PASSWORD, { acme: 'owner' });
});
afterAll(async () => {
  await rig?.close();
  await postgres?.stop();
});

const signIn = () =>
  rig.ask('/auth/sign-in', {
    method: 'POST',
    body: { email: 'ana@example.com', password: PASSWORD },
    headers,
  });

it('are Secure, and of a name that plain pages cannot set', async () => {
  const answer = await signIn();
  expect(answer.status).toBe(200);
  expect([answer.headers['set-cookie']].flat()).toEqual([
    expect.stringMatching(
      /^__Secure-igris\.session_token=[^;]+; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ),
  ]);
  expect((await rig.ask('/me', { cookie: answer.cookie })).status).toBe(200);
});

it('do not count under the name that plain pages can set', async () => {
  const { cookie = '' } = await signIn();
  expect((await rig.ask('/me', { cookie: cookie.replace('__Secure-', '') })).status).toBe(401);
});

it('are forgotten by their own name', async () => {
  const { cookie } = await signIn();
  const out = await rig.ask('/auth/sign-out', { method: 'POST', body: {}, cookie, headers });
  expect(out.body.data).toEqual({ signedOut: true });
  expect(String(out.headers['set-cookie'])).toBe(
    '__Secure-igris.session_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
  );
});

it('let the public address write, and neither its plain twin nor another site', async () => {
  const { cookie } = await signIn();
  const write = (origin: string) =>
    rig.ask('/auth/organization', {
      method: 'POST',
      body: { organizationId: 'acme' },
      cookie,
      headers: { origin, host: 'internal:4000' },
    });
  expect((await write(ORIGIN)).status).toBe(200);
  for (const origin of [
    'http://portcullis.example',
    'https://portcullis.example.evil.example',
    'https://evil.example',
    'null',
  ]) {
    expect((await write(origin)).body.code, origin).toBe('auth.origin_forbidden');
  }
});
