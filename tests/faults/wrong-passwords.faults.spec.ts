import { join } from 'node:path';
import { until } from '@portcullis/testing';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDeployment, type TestDeployment } from '../e2e/deployment.js';
import { folderSize } from './folder-size.js';
import { peaksDuring, residentBytes } from './resident-bytes.js';
import { LONG } from './whole-ledger.js';

/** Before memory is looked at: code is compiled, pools are as full as they get. */
const WARM_UP = 4_000;
const FLOOD = 20_000;
/** More than can wait for a turn at a password. */
const CLIENTS = 128;
const MEGABYTE = 1024 * 1024;
/** What a heap and the room of two derivations may be larger than at their largest in the warm-up. */
const MEMORY_SWING = 96 * MEGABYTE;
/** A row of some 600 bytes for every attempt would be 12 MB. */
const WRITTEN_LIMIT = 4 * MEGABYTE;
/** Failures at one account within the window, from wherever they come, and from one place; at any account from one. */
const [OF_ACCOUNT, OF_PAIR, OF_ADDRESS] = [100, 10, 50];
const [HOME, OFFICE, ELSEWHERE] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
const PASSWORD = 'correct horse battery';
const COLLEAGUE = 'bo@example.com';

let portcullis: TestDeployment;
let agent: Agent;

beforeAll(async () => {
  agent = new Agent({ connections: CLIENTS + 8 });
  // The test stands before the API as a proxy does, so that attempts come from many addresses.
  portcullis = await startTestDeployment({
    bare: true,
    env: { PORTCULLIS_TRUSTED_PROXIES: '127.0.0.1' },
  });
  const { data } = await portcullis.api<{ token: string }>('POST', '/invitations', {
    email: COLLEAGUE,
    role: 'auditor',
  });
  const joined = await ask('/auth/accept-invitation', OFFICE, {
    token: data.token,
    name: 'Bo',
    password: PASSWORD,
  });
  expect(joined.outcome).toBe('200');
});

afterAll(async () => {
  await agent?.close();
  await portcullis?.stop();
});

async function ask(path: string, from: string, body: object) {
  const answer = await request(`${portcullis.apiUrl}/api/v1${path}`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify(body),
  });
  const { code } = (await answer.body.json()) as { code?: string };
  const cookie = [answer.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0];
  const outcome = code === undefined ? `${answer.statusCode}` : `${answer.statusCode} ${code}`;
  return { outcome, cookie, retryAfter: answer.headers['retry-after'] };
}

/** As somebody does who comes from there for the first time: again when the answer says so. */
async function signInPatiently(email: string, password: string, from: string) {
  for (;;) {
    const answer = await signIn(email, password, from);
    if (answer.outcome !== BUSY) return answer;
    expect(Number(answer.retryAfter)).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, Number(answer.retryAfter) * 1_000));
  }
}

const signIn = (email: string, password: string, from: string) =>
  ask('/auth/sign-in', from, { email, password });

const anywhere = (attempt: number) => `10.${(attempt >> 16) & 255}.${(attempt >> 8) & 255}.${attempt & 255}`;

/** Who guesses from where. */
const GUESSES = {
  'one address at one account': () => ({ email: portcullis.bootstrap.email, from: '203.0.113.1' }),
  'one address at made-up accounts': (attempt: number) => ({
    email: `nobody${attempt}@example.com`,
    from: '203.0.113.2',
  }),
  'many addresses at one account': (attempt: number) => ({
    email: portcullis.bootstrap.email,
    from: anywhere(attempt),
  }),
  'many addresses at made-up accounts': (attempt: number) => ({
    email: `made-up${attempt}@example.com`,
    from: anywhere(attempt),
  }),
};
type Guess = keyof typeof GUESSES;
const FROM_ONE_ADDRESS: readonly Guess[] = ['one address at one account', 'one address at made-up accounts'];
const FROM_EVERYWHERE: readonly Guess[] = [
  ...FROM_ONE_ADDRESS,
  // Most of these are refused without a look; one at a made-up account takes a derivation's time, enough to keep clients waiting.
  ...Array<Guess>(24).fill('many addresses at one account'),
  'many addresses at made-up accounts',
];

/** Guesses by kind and how they were answered, over the whole test. */
const outcomes = new Map<string, number>();
const [LOOKED_AT, BUSY] = ['401 auth.invalid_credentials', '503 auth.busy'];
const lookedAt = (guess: Guess) => outcomes.get(`${guess}: ${LOOKED_AT}`) ?? 0;
/** Of every attempt there ever was. */
let attempts = 0;

/** Guesses `least` times, and on until `isEnough`. */
async function flood(guesses: readonly Guess[], least: number, isEnough: () => boolean): Promise<void> {
  const end = attempts + least;
  const client = async () => {
    while (attempts < end || !isEnough()) {
      const attempt = attempts++;
      const guess = guesses[attempt % guesses.length]!;
      const { email, from } = GUESSES[guess](attempt);
      const { outcome, retryAfter } = await signIn(email, `guess number ${attempt}`, from);
      const told = outcome.startsWith('429') && !(Number(retryAfter) > 0) ? `${outcome}, not when` : outcome;
      const answered = `${guess}: ${told}`;
      outcomes.set(answered, (outcomes.get(answered) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

describe('a flood of wrong passwords', () => {
  it.skipIf(process.platform !== 'linux')(
    'finds none, leaves memory and disk as they were, and keeps out neither who was there before nor who is patient',
    async () => {
      const { email, password } = portcullis.bootstrap;
      for (const [who, secret, from] of [
        [email, password, HOME],
        [COLLEAGUE, PASSWORD, OFFICE],
      ] as const)
        expect(await signIn(who, secret, from)).toMatchObject({ outcome: '200' });
      const api = portcullis.pids['api'];
      const [memory = 0] = await peaksDuring([api], () =>
        flood(
          FROM_ONE_ADDRESS,
          WARM_UP,
          () =>
            lookedAt('one address at one account') >= OF_PAIR &&
            lookedAt('one address at made-up accounts') >= OF_ADDRESS,
        ),
      );
      const written = () => folderSize(join(portcullis.dataDir, 'logs'));
      // Postgres's and ClickHouse's own journals come and go in files of fixed sizes.
      const disk = () => folderSize(portcullis.dataDir, ['pg_wal', 'store', 'clickhouse']);
      const [writtenBefore, diskBefore] = [written(), disk()];
      let rounds = 0;
      const flooding = flood(
        FROM_EVERYWHERE,
        FLOOD,
        () => rounds >= 10 && lookedAt('many addresses at one account') >= OF_ACCOUNT - OF_PAIR,
      );

      // Others, and the account's owner, from where they signed in before; each time, not at last.
      for (; rounds < 10; rounds += 1) {
        const owner = await signIn(email, password, HOME);
        expect(owner).toMatchObject({ outcome: '200' });
        expect(await signIn(COLLEAGUE, PASSWORD, OFFICE)).toMatchObject({ outcome: '200' });
        expect(await signInPatiently(COLLEAGUE, PASSWORD, `198.51.100.${rounds}`)).toMatchObject({
          outcome: '200',
        });
        const me = await fetch(`${portcullis.apiUrl}/api/v1/me`, { headers: { cookie: owner.cookie ?? '' } });
        expect(await me.json()).toMatchObject({ data: { user: { email } } });
        const health = await fetch(`${portcullis.apiUrl}/api/v1/health`);
        expect(await health.json()).toMatchObject({ data: { status: 'serving' } });
      }
      await flooding;
      expect(portcullis.pids['api']).toBe(api);
      await until(() => residentBytes(api) < memory + MEMORY_SWING, {
        ...LONG,
        describe: 'the API to be no larger than before',
      });
      expect(written() - writtenBefore).toBeLessThan(WRITTEN_LIMIT);
      expect(disk() - diskBefore).toBeLessThan(WRITTEN_LIMIT);

      // Every guess was one of the three; and looked at were no more than may be.
      expect(new Set([...outcomes.keys()].map((told) => told.split(': ')[1]))).toEqual(
        new Set([LOOKED_AT, '429 auth.too_many_attempts', BUSY]),
      );
      expect([...FROM_ONE_ADDRESS, 'many addresses at one account' as const].map(lookedAt)).toEqual([
        OF_PAIR,
        OF_ADDRESS,
        OF_ACCOUNT - OF_PAIR,
      ]);

      // A stranger's address is not believed any more, whatever it knows; the account's own is, as is another account there.
      expect(await signIn(email, password, ELSEWHERE)).toMatchObject({
        outcome: '429 auth.too_many_attempts',
      });
      expect(await signIn(email, password, HOME)).toMatchObject({ outcome: '200' });
      expect(await signIn(COLLEAGUE, PASSWORD, ELSEWHERE)).toMatchObject({ outcome: '200' });

      // On record, one by one only where somebody can do something about it.
      const recorded = async () => {
        const { data } = await portcullis.api<unknown[]>(
          'GET',
          '/audit-events?type=sign_in_failed&limit=500',
        );
        return data.length;
      };
      await until(async () => (await recorded()) >= OF_ACCOUNT, LONG);
      expect(await recorded()).toBe(OF_ACCOUNT);
    },
    600_000,
  );
});
