import {
  DECIDE_PATH,
  decideRequestSchema,
  FILTER_PATH,
  type DecideRequest,
  type FilterRequest,
} from '@portcullis/contracts';
import { generateSealingKeyPair } from '@portcullis/service';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { aConnection, anAnswer, FakePolicy, type PolicyAnswer } from '../../test/fake-policy.js';
import { PolicyUnavailable, type DecideQuestion } from '../ports.js';
import { ConnectionCache } from './connection-cache.js';
import { HttpPolicyClient } from './http-policy-client.js';

const clients: HttpPolicyClient[] = [];
afterEach(() => clients.splice(0).forEach((client) => client.close()));

async function start(answers: Record<string, PolicyAnswer>, control = { healthy: true }) {
  const policy = await new FakePolicy(answers).start();
  const connections = new ConnectionCache(generateSealingKeyPair());
  const gateway = { id: 'gateway-1', epoch: 'epoch-1' };
  const client = new HttpPolicyClient({
    policy: policy.endpoint,
    token: 'the-token',
    gateway,
    control,
    connections,
  });
  clients.push(client);
  return { policy, client, connections, control };
}

function question(more: Partial<DecideQuestion> = {}): DecideQuestion {
  return {
    requestId: '0198f5a0-0000-7000-8000-000000000001',
    credential: { type: 'api_key', digest: 'd'.repeat(64) },
    slug: 'shop',
    method: 'tools/call',
    target: { kind: 'tool', name: 'refund' },
    direction: 'client',
    argumentsJson: '{"amount":5,"note":"é€😀"}',
    traceId: 'trace-1',
    sourceIp: '203.0.113.7',
    ...more,
  };
}

describe('asking for a decision', () => {
  it('sends what the contract says and gives back the answer', async () => {
    const { policy, client } = await start({ [DECIDE_PATH]: () => anAnswer({ message: 'déjà vu' }) });
    const answer = await client.decide(question());
    expect(answer).toEqual(anAnswer({ message: 'déjà vu' }));
    const [asked] = policy.asked;
    expect(asked?.authorization).toBe('Bearer the-token');
    const { argumentsJson, ...facts } = question();
    expect(decideRequestSchema.parse(asked?.body)).toEqual({
      ...facts,
      gateway: { id: 'gateway-1', epoch: 'epoch-1' },
      arguments: JSON.parse(argumentsJson ?? ''),
    });
  });

  it('lets no call with a key wait for a login that is being looked up', async () => {
    const late: (() => void)[] = [];
    const { client } = await start({
      [DECIDE_PATH]: (body, _, response) => {
        if ((body as DecideRequest).credential.type === 'api_key') return anAnswer();
        late.push(() => response.writeHead(200, { 'content-length': 2 }).end('{}'));
        return undefined;
      },
    });
    const cookie = client.decide(question({ credential: { type: 'cookie', digest: 'c'.repeat(64) } }));
    const ended = vi.fn();
    void cookie.catch(ended);
    await vi.waitFor(() => expect(late).toHaveLength(1));
    await client.decide(question());
    expect(ended).not.toHaveBeenCalled();
    late[0]?.();
    await expect(cookie).rejects.toThrow(PolicyUnavailable);
  });

  it('hands arguments over byte for byte', async () => {
    const { policy, client } = await start({ [DECIDE_PATH]: () => anAnswer() });
    const argumentsJson = '{ "a": 1e999,\n "b": 1152921504606846977, "c": 1.0 }';
    await client.decide(question({ argumentsJson }));
    expect(policy.texts[0]).toContain(`"arguments":${argumentsJson}}`);
  });

  it('names the version it holds, and resolves "current" to it', async () => {
    const { policy, client } = await start({
      [DECIDE_PATH]: (body) => anAnswer((body as DecideRequest).have ? { connection: 'current' } : {}),
    });
    const first = await client.decide(question());
    const second = await client.decide(question());
    expect(second.connection).toBe(first.connection);
    expect(second.connection).toEqual(aConnection());
    expect(policy.bodies(DECIDE_PATH)).toMatchObject([{}, { have: 'connection-1.1' }]);
    expect(policy.bodies(DECIDE_PATH)[0]).not.toHaveProperty('have');
    await client.decide(question({ credential: { type: 'api_key', digest: 'e'.repeat(64) } }));
    expect(policy.bodies(DECIDE_PATH)[2]).not.toHaveProperty('have');
  });

  it('refuses "current" for what it does not hold', async () => {
    const { client } = await start({ [DECIDE_PATH]: () => anAnswer({ connection: 'current' }) });
    await expect(client.decide(question())).rejects.toThrow(PolicyUnavailable);
  });

  it('forgets the connection of a caller policy no longer knows', async () => {
    let known = true;
    const { client, connections } = await start({
      [DECIDE_PATH]: () =>
        known
          ? anAnswer()
          : anAnswer({
              decision: 'deny',
              reason: 'auth.revoked',
              caller: null,
              connection: null,
              connectionRef: null,
            }),
    });
    await client.decide(question());
    known = false;
    expect(await client.decide(question())).toMatchObject({ reason: 'auth.revoked', connection: null });
    expect(connections.held('d'.repeat(64), 'shop')).toBeNull();
  });

  it('keeps nothing of callers nobody knows, however many', async () => {
    const { client, connections } = await start({
      [DECIDE_PATH]: () =>
        anAnswer({
          decision: 'deny',
          reason: 'auth.invalid',
          caller: null,
          connection: null,
          connectionRef: null,
        }),
    });
    for (let i = 0; i < 300; i += 1) {
      await client.decide(
        question({ credential: { type: 'api_key', digest: String(i).padStart(64, '0') }, slug: `slug-${i}` }),
      );
    }
    const maps = Object.values(connections as unknown as Record<string, unknown>).filter(
      (value) => value instanceof Map,
    );
    expect(maps.map(({ size }) => size)).toEqual([0, 0, 0]);
  });

  it('waits longer for a login cookie, which policy may have to look up, and keeps no key waiting behind it', async () => {
    let lookedUp = (): void => undefined;
    const { policy, client } = await start({
      [DECIDE_PATH]: (body, _request, response) => {
        const { credential, requestId } = body as DecideRequest;
        const text = JSON.stringify(anAnswer({ message: requestId }));
        const answer = () => void response.writeHead(200, { 'content-length': text.length }).end(text);
        if (credential.type === 'cookie') lookedUp = answer;
        else if (requestId === 'answered') answer();
      },
    });
    const cookie = { type: 'cookie', digest: 'c'.repeat(64) } as const;
    const signedIn = client.decide(question({ credential: cookie, requestId: 'signed in' }));
    await vi.waitFor(() => expect(policy.asked).toHaveLength(1));
    expect(await client.decide(question({ requestId: 'answered' }))).toMatchObject({ message: 'answered' });
    // The time a key is given goes by.
    await expect(client.decide(question({ requestId: 'never' }))).rejects.toThrow(PolicyUnavailable);
    lookedUp();
    expect(await signedIn).toMatchObject({ message: 'signed in' });
  });

  it('gives each of many at once its own answer, on one connection', async () => {
    const { policy, client } = await start({
      [DECIDE_PATH]: (body, _request, response) => {
        const text = JSON.stringify(anAnswer({ message: (body as DecideRequest).requestId }));
        // Late ones first: HTTP keeps their order.
        setTimeout(
          () => response.writeHead(200, { 'content-length': text.length }).end(text),
          Math.random() * 20,
        );
      },
    });
    const ids = Array.from({ length: 200 }, (_, i) => `request-${i}`);
    const answers = await Promise.all(ids.map((requestId) => client.decide(question({ requestId }))));
    expect(answers.map(({ message }) => message)).toEqual(ids);
    expect(policy.connections).toBe(1);
  });
});

describe('a policy service that cannot be asked', () => {
  it.each([
    ['answers 503', (_b, _q, response) => void response.writeHead(503, { 'content-length': 2 }).end('{}')],
    [
      'answers 500 and closes',
      (_b, _q, response) => void response.writeHead(500, { 'content-length': 0, connection: 'close' }).end(),
    ],
    ['answers something else', () => ({ decision: 'perhaps' })],
    [
      'answers no JSON',
      (_b, _q, response) => void response.writeHead(200, { 'content-length': 4 }).end('<ok>'),
    ],
    ['answers in chunks', (_b, _q, response) => void response.writeHead(200).end(JSON.stringify(anAnswer()))],
    ['cuts the connection', (_b, request) => void request.socket.destroy()],
    [
      'cuts the answer',
      (_b, request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('{"decision":');
        setImmediate(() => request.socket.destroy());
      },
    ],
    ['says nothing', () => undefined],
  ] satisfies [string, PolicyAnswer][])(
    'that %s is unavailable, and is asked again at the next call',
    async (_, broken) => {
      let answer: PolicyAnswer = broken;
      const { client } = await start({ [DECIDE_PATH]: (...args) => answer(...args) });
      await expect(client.decide(question())).rejects.toThrow(PolicyUnavailable);
      answer = () => anAnswer();
      expect(await client.decide(question())).toMatchObject({ decision: 'allow' });
    },
  );

  it('is not asked while the control stream is silent', async () => {
    const { policy, client, control } = await start({ [DECIDE_PATH]: () => anAnswer() });
    control.healthy = false;
    await expect(client.decide(question())).rejects.toThrow(PolicyUnavailable);
    expect(policy.asked).toEqual([]);
  });

  it('refuses at once while it is dead, and is found again when it returns', async () => {
    const { policy, client } = await start({ [DECIDE_PATH]: () => anAnswer() });
    await client.decide(question());
    for (let round = 0; round < 3; round += 1) {
      await policy.die();
      await expect(client.decide(question())).rejects.toThrow(PolicyUnavailable);
      await expect(client.decide(question())).rejects.toThrow(PolicyUnavailable);
      await policy.start();
      expect(await client.decide(question())).toMatchObject({ decision: 'allow' });
    }
  });

  it('fails every question that was open when it died, and none twice', async () => {
    const { policy, client } = await start({ [DECIDE_PATH]: () => undefined });
    const open = Array.from({ length: 50 }, () => client.decide(question()));
    const settled = Promise.allSettled(open);
    await vi.waitFor(() => expect(policy.asked.length).toBe(50));
    await policy.die();
    expect((await settled).map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 'rejected'));
  });

  it('that hangs with one question does not hold up those asked after it was given up', async () => {
    let hang = true;
    const { policy, client } = await start({ [DECIDE_PATH]: () => (hang ? undefined : anAnswer()) });
    await expect(client.decide(question())).rejects.toThrow(PolicyUnavailable);
    hang = false;
    await expect(client.decide(question())).resolves.toMatchObject({ decision: 'allow' });
    expect(policy.connections).toBe(2);
  });
});

describe('asking about a list', () => {
  const { requestId, credential, slug, traceId, sourceIp } = question();
  const list = (items: Record<string, unknown>[]) => ({
    requestId,
    credential,
    slug,
    traceId,
    sourceIp,
    kind: 'tool' as const,
    items,
  });
  const visible: PolicyAnswer = (body) => ({
    visible: (body as FilterRequest).items.map(({ name }) => !String(name).startsWith('hidden')),
  });

  it('gives one answer for each item', async () => {
    const { client } = await start({ [FILTER_PATH]: visible });
    expect(await client.filter(list([{ name: 'a' }, { name: 'hidden_b' }, { name: 'c' }]))).toEqual([
      true,
      false,
      true,
    ]);
    expect(await client.filter(list([]))).toEqual([]);
  });

  it('asks about a long one in parts', async () => {
    const { policy, client } = await start({ [FILTER_PATH]: visible });
    const items = Array.from({ length: 40 }, (_, i) => ({
      name: i % 3 ? `t${i}` : `hidden${i}`,
      description: 'x'.repeat(100_000),
    }));
    expect(await client.filter(list(items))).toEqual(items.map((_, i) => i % 3 !== 0));
    expect(policy.bodies(FILTER_PATH).length).toBeGreaterThan(3);
    expect(policy.bodies(FILTER_PATH).flatMap((body) => (body as FilterRequest).items)).toEqual(items);
  });

  it('refuses an answer about another number of items', async () => {
    const { client } = await start({ [FILTER_PATH]: () => ({ visible: [true] }) });
    await expect(client.filter(list([{ name: 'a' }, { name: 'b' }]))).rejects.toThrow(PolicyUnavailable);
  });

  it('does not keep decisions waiting', async () => {
    const { client } = await start({ [FILTER_PATH]: () => undefined, [DECIDE_PATH]: () => anAnswer() });
    const waiting = client.filter(list([{ name: 'a' }])).catch((error: unknown) => error);
    expect(await client.decide(question())).toMatchObject({ decision: 'allow' });
    clients.splice(0).forEach((each) => each.close());
    expect(await waiting).toBeInstanceOf(PolicyUnavailable);
  });
});
