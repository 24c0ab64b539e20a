import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveDashboard } from './serve-dashboard.js';

let folder: string;
let app: FastifyInstance;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-dashboard-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(
    join(folder, 'index.html'),
    '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__">',
  );
  await writeFile(join(folder, 'color-scheme.js'), '1;');
  await writeFile(join(folder, 'assets', 'main-abc.js'), 'plain');
  await writeFile(join(folder, 'assets', 'main-abc.js.gz'), gzipSync('packed'));
  app = fastify();
  app.get('/api/v1/health', () => ({ data: 'the API' }));
  expect(await serveDashboard(app, folder)).toBe(true);
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers });

describe('the served dashboard', () => {
  it('answers every address of a page with the index, with a nonce no answer shares', async () => {
    const [first, second] = await Promise.all([get('/'), get('/lens?q=decision:deny')]);
    expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
    const nonces = [first, second].map(({ body }) => /nonce="([\w-]{20,})"/.exec(body)?.[1]);
    expect(new Set(nonces).size).toBe(2);
    expect(first.body).not.toContain('__CSP_NONCE__');
    expect(first.headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonces[0]}'`);
    expect(first.headers['cache-control']).toBe('no-cache');
  });

  it('forbids inline scripts, frames and other origins', async () => {
    const { headers } = await get('/policies');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  });

  it('lets hashed assets be kept for good, packed for those who take it', async () => {
    const packed = await get('/assets/main-abc.js', { 'accept-encoding': 'gzip' });
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect(packed.headers['content-type']).toMatch(/javascript/);
    const plain = await get('/assets/main-abc.js');
    expect(plain.body).toBe('plain');
  });

  it('asks again for what has no hash', async () => {
    const { headers, body } = await get('/color-scheme.js');
    expect(body).toBe('1;');
    expect(headers['cache-control']).toBe('public, max-age=300');
  });

  it.each([
    '/api/v1/nothing',
    '/assets/gone.js',
    '/assets/..%2findex.html',
    '/assets/..%2f..%2f..%2fetc%2fhosts',
  ])('has no page at %s', async (url) => {
    const answer = await get(url);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain('csp-nonce');
  });

  it('leaves the API alone', async () => {
    expect((await get('/api/v1/health')).json()).toEqual({ data: 'the API' });
  });
});

it('says that nothing is built', async () => {
  const bare = fastify();
  expect(await serveDashboard(bare, join(folder, 'nowhere'))).toBe(false);
  await bare.close();
});
