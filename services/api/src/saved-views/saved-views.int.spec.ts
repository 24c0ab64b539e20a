import { Database, loadMigrations, migrate } from '@portcullis/postgres';
import { startPostgres } from '@portcullis/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../test/start-test-api.js';
import { PostgresSavedViewStore } from './postgres-saved-view-store.js';
import { MOST_VIEWS } from './saved-view.js';

const ana = { tenantId: 'acme', ownerId: 'ana' };
const bob = { tenantId: 'acme', ownerId: 'bob' };
const eve = { tenantId: 'other', ownerId: 'eve' };

interface View {
  id: string;
  name: string;
  q: string;
  shared: boolean;
  mine: boolean;
  owner: { id: string };
  updatedAt: string;
}

let database: Database;
let api: TestApi;

beforeAll(async () => {
  const url = await (await startPostgres()).createDatabase();
  await migrate({
    url,
    schema: 'api',
    migrations: await loadMigrations('api', new URL('../../migrations/', import.meta.url)),
  });
  database = await Database.open({ url, applicationName: 'test' });
  api = await startTestApi({ savedViews: new PostgresSavedViewStore(database) });
});

afterAll(async () => {
  await api?.close();
  await database?.close();
});

beforeEach(() => database.query('delete from api.saved_views'));

const saved = async (caller: typeof ana, body: object) => {
  const { status, body: answer } = await api.call(caller, 'POST', '/lens/views', {
    name: 'Denied',
    q: 'decision:deny',
    ...body,
  });
  expect(status).toBe(201);
  return answer.data as View;
};
const names = async (caller: typeof ana) =>
  ((await api.call(caller, 'GET', '/lens/views')).body.data as View[]).map(
    ({ name, mine }) => `${name}${mine ? '' : ' (theirs)'}`,
  );
const refused = async (
  caller: typeof ana,
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
) => {
  const { status, body: answer } = await api.call(caller, method, path, body);
  return `${status} ${answer.code}`;
};

describe('saved views', () => {
  it('are kept as they were saved', async () => {
    const view = await saved(ana, {
      q: '| stats (',
      from: 'now-7d',
      to: 'now-1d',
      columns: ['time', 'args."a b"'],
      shared: true,
    });
    expect(view).toMatchObject({
      name: 'Denied',
      q: '| stats (',
      from: 'now-7d',
      to: 'now-1d',
      columns: ['time', 'args."a b"'],
      shared: true,
      mine: true,
      owner: { id: 'ana', name: 'key of ana' },
    });
    expect((await api.call(ana, 'GET', '/lens/views')).body.data).toEqual([view]);
  });

  it('are private unless shared, and shared within the organization alone', async () => {
    await saved(ana, { name: 'a private' });
    await saved(ana, { name: 'b shared', shared: true });
    await saved(bob, { name: 'c private' });
    expect(await names(ana)).toEqual(['a private', 'b shared']);
    expect(await names(bob)).toEqual(['b shared (theirs)', 'c private']);
    expect(await names(eve)).toEqual([]);
  });

  it('are changed and deleted by their owner alone; what one may not see does not exist', async () => {
    const hidden = await saved(ana, { name: 'hidden' });
    const shared = await saved(ana, { name: 'shared', shared: true });
    for (const [method, body] of [
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      expect(await refused(bob, method, `/lens/views/${hidden.id}`, body)).toBe('404 saved_view.not_found');
      expect(await refused(bob, method, `/lens/views/${shared.id}`, body)).toBe('403 saved_view.not_yours');
      expect(await refused(eve, method, `/lens/views/${shared.id}`, body)).toBe('404 saved_view.not_found');
      expect(await refused(ana, method, '/lens/views/00000000-0000-4000-8000-000000000000', body)).toBe(
        '404 saved_view.not_found',
      );
      expect(await refused(ana, method, '/lens/views/1', body)).toBe('400 request.invalid');
    }
    const { body } = await api.call(ana, 'PATCH', `/lens/views/${shared.id}`, { shared: false, q: '' });
    expect(body.data).toMatchObject({ name: 'shared', shared: false, q: '' });
    expect((await api.call(ana, 'DELETE', `/lens/views/${hidden.id}`)).status).toBe(200);
    expect(await names(ana)).toEqual(['shared']);
    expect(await refused(bob, 'PATCH', `/lens/views/${shared.id}`, { name: 'x' })).toBe(
      '404 saved_view.not_found',
    );
  });

  it('have one name once for each person', async () => {
    const first = await saved(ana, { name: 'one' });
    await saved(ana, { name: 'two' });
    await saved(bob, { name: 'one' });
    expect(await refused(ana, 'POST', '/lens/views', { name: ' one ', q: '' })).toBe(
      '409 saved_view.name_taken',
    );
    expect(await refused(ana, 'PATCH', `/lens/views/${first.id}`, { name: 'two' })).toBe(
      '409 saved_view.name_taken',
    );
  });

  it('are bounded, however many arrive at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: MOST_VIEWS + 5 }, (_, n) =>
        api.call(ana, 'POST', '/lens/views', { name: `v${n}`, q: '' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(MOST_VIEWS);
    expect(answers.filter(({ body }) => body.code === 'saved_view.too_many')).toHaveLength(5);
  });

  it('are listed page by page', async () => {
    for (const name of ['ä', 'a', 'b', 'Z', 'c']) await saved(ana, { name });
    const seen: string[] = [];
    for (let path = '/lens/views?limit=2'; path !== '';) {
      const { body } = await api.call(ana, 'GET', path);
      seen.push(...(body.data as View[]).map(({ name }) => name));
      path = body.meta['cursor'] ? `/lens/views?limit=2&cursor=${String(body.meta['cursor'])}` : '';
    }
    expect(seen).toEqual(['Z', 'a', 'b', 'c', 'ä']);
  });

  it.each([
    [{ name: '' }],
    [{ name: 'x'.repeat(121) }],
    [{ name: 'a\u0000b' }],
    [{ q: 'x\u0000' }],
    [{ q: 'x'.repeat(4097) }],
    [{ from: 'yesterday' }],
    [{ columns: Array.from({ length: 65 }, () => 'tool') }],
    [{ owner: { id: 'bob' } }],
    [{ tenantId: 'other' }],
  ])('refuses %j', async (body) => {
    expect(await refused(ana, 'POST', '/lens/views', { name: 'n', q: '', ...body })).toBe(
      '400 request.invalid',
    );
  });

  it.each([
    'x',
    'W10',
    Buffer.from('["a","not an id"]').toString('base64url'),
    Buffer.from('["a\\u0000","00000000-0000-4000-8000-000000000000"]').toString('base64url'),
  ])('refuses the cursor %s', async (cursor) => {
    expect((await api.call(ana, 'GET', `/lens/views?cursor=${cursor}`)).body.code).toBe('request.bad_cursor');
  });
});
