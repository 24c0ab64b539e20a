import { liveAlertTransitionSchema, TOPICS, type LiveEvent } from '@portcullis/contracts';
import { InMemoryEventLog } from '@portcullis/eventlog';
import type { ProblemError } from '@portcullis/service';
import { until } from '@portcullis/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertOpened, findingRaised, killSwitchEngaged, liveCall } from '../../test/live-calls.js';
import { RecordingClient } from '../../test/live-client.js';
import type { Caller } from '../authentication/caller.js';
import { formatPosition, parsePosition, type FeedPosition } from './feed-position.js';
import { BadPosition, LiveFeed } from './live-feed.js';
import { liveFilter } from './live-filter.js';

let log: InMemoryEventLog;
let feed: LiveFeed;
const feeds: LiveFeed[] = [];
let now = 0;

beforeEach(async () => {
  log = new InMemoryEventLog();
  await log.ensureTopics(Object.values(TOPICS));
  now = 0;
  feed = await newFeed();
});

afterEach(async () => {
  for (const each of feeds.splice(0)) await each.stop();
  await log.close();
});

async function newFeed(clock: () => number = () => now): Promise<LiveFeed> {
  const made = new LiveFeed(log, pino({ level: 'silent' }), clock);
  feeds.push(made);
  await made.start();
  return made;
}

const caller = (tenantId: string, scopes = ['audit:read', 'events:read']) =>
  ({ principal: { tenantId, scopes } }) as unknown as Caller;
const everything = (tenantId = 'acme') => liveFilter(caller(tenantId), '');
const position = (text: string | undefined): FeedPosition => {
  const parsed = parsePosition(text ?? '');
  if (parsed === null) throw new Error(`not a position: ${text}`);
  return parsed;
};
/** Calls of several connections, so that they are spread over the partitions. */
const calls = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) =>
    liveCall({ id: String(from + n), connection: `c${(from + n) % 5}` }),
  );
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n));
const sorted = (ids: readonly string[]) => [...ids].sort((a, b) => Number(a) - Number(b));

describe('the live feed', () => {
  it("hands each event to its organization's clients alone, without arguments and results", async () => {
    const [acme, other] = [new RecordingClient(), new RecordingClient()];
    await feed.subscribe(everything(), acme);
    await feed.subscribe(everything('other'), other);
    await log.append([
      liveCall({ id: '1' }),
      liveCall({ id: '2', tenantId: 'other' }),
      killSwitchEngaged('acme', 'k1'),
      findingRaised('other', 'f1'),
      liveCall({ id: '3' }),
    ]);
    await until(() => acme.events.length === 3 && other.events.length === 2);
    expect(sorted(acme.ids.filter((id) => id !== 'session_update'))).toEqual(['1', '3']);
    expect(other.events.map(({ name }) => name).sort()).toEqual(['anomaly', 'tool_call']);
    expect(JSON.stringify([acme.events, other.events])).not.toContain('secret');
  });

  it('lets nobody in by an event whose organization is not the one of its key', async () => {
    const client = new RecordingClient();
    await feed.subscribe(everything(), client);
    await log.append([
      { ...liveCall({ id: 'forged', tenantId: 'other' }), key: 'acme:connection-github' },
      liveCall({ id: 'real' }),
    ]);
    await until(() => client.events.length > 0);
    expect(client.ids).toEqual(['real']);
  });

  it('chooses among calls by the filter, and lets everything else through', async () => {
    const client = new RecordingClient();
    await feed.subscribe(liveFilter(caller('acme'), 'tool:delete_* args.path:/etc/*'), client);
    await log.append([
      liveCall({ id: '1' }),
      liveCall({ id: '2', tool: 'delete_row' }),
      liveCall({ id: '3', tool: 'delete_row', args: '{}' }),
      liveCall({ id: '4', decision: 'alert' }),
      killSwitchEngaged('acme', 'k'),
      findingRaised('acme', 'f'),
    ]);
    await until(() => client.events.length === 4);
    expect(client.events.map(({ name }) => name).sort()).toEqual([
      'alert',
      'anomaly',
      'session_update',
      'tool_call',
    ]);
    expect(client.ids).toContain('2');
  });

  it('shows what happens to an alert to its organization', async () => {
    const client = new RecordingClient();
    await feed.subscribe(everything(), client);
    await log.append([alertOpened('other', 'a1'), alertOpened('acme', 'a2')]);
    await until(() => client.events.length > 0);
    const [{ name, payload }] = client.events as [LiveEvent];
    expect(name).toBe('alert');
    expect(liveAlertTransitionSchema.parse(payload)).toEqual(payload);
    expect(payload).toMatchObject({
      id: 'a2',
      transition: 'AlertOpened',
      state: 'open',
      connection: 'github',
    });
  });

  it('says nothing of what came before the subscription', async () => {
    await log.append(calls(0, 3));
    const first = new RecordingClient();
    await feed.subscribe(everything(), first);
    await log.append(calls(3, 4));
    await until(() => first.ids.includes('3'));
    const second = new RecordingClient();
    await feed.subscribe(everything(), second);
    await log.append(calls(4, 5));
    await until(() => second.events.length > 0);
    expect(second.ids).toEqual(['4']);
  });

  it('reads nothing while nobody is there, and misses nothing of whoever comes, or comes back', async () => {
    const before = new RecordingClient();
    const left = await feed.subscribe(everything(), before);
    now += 60_000;
    await feed.rest();
    await log.append(calls(0, 1));
    await until(() => before.ids.includes('0'));
    const place = position(left.place() ?? undefined);
    left.leave();
    now += 59_999;
    await feed.rest();
    await log.append(calls(1, 2));
    await until(() => feed.position !== formatPosition(place));

    now += 1;
    await feed.rest();
    const resting = feed.position;
    await log.append(calls(2, 5));
    const [first, second, resumed] = [new RecordingClient(), new RecordingClient(), new RecordingClient()];
    await Promise.all([feed.subscribe(everything(), first), feed.subscribe(everything(), second)]);
    expect(feed.position).not.toBe(resting);
    await feed.subscribe(everything(), resumed, place);
    await log.append(calls(5, 6));
    await until(() => [first, second, resumed].every(({ ids }) => ids.includes('5')));
    expect([first.ids, second.ids]).toEqual([['5'], ['5']]);
    expect(sorted(resumed.ids)).toEqual(numbers(1, 6));
  });

  it('tells who comes while the log is away to come again, and reads once it is back', async () => {
    now += 60_000;
    await feed.rest();
    const tail = log.tail.bind(log);
    log.tail = () => Promise.reject(new Error('away'));
    await expect(feed.subscribe(everything(), new RecordingClient())).rejects.toMatchObject({
      problem: { code: 'events.unavailable', status: 503 },
    });
    log.tail = tail;
    const client = new RecordingClient();
    await feed.subscribe(everything(), client);
    await log.append(calls(0, 1));
    await until(() => client.ids.includes('0'));
  });

  it('sends 200 events of a burst and counts the rest, and lets a kill switch through', async () => {
    const client = new RecordingClient();
    await feed.subscribe(everything(), client);
    await log.append(calls(0, 10_000));
    await until(() => client.droppedCount + client.events.length >= 10_000, { timeoutMs: 20_000 });
    expect(client.events.length).toBeLessThanOrEqual(200);
    expect(client.events.length + client.droppedCount).toBe(10_000);
    await log.append([killSwitchEngaged('acme', 'k')]);
    await until(() => client.events.some(({ name }) => name === 'session_update'));
    now += 1_001;
    await log.append(calls(10_000, 10_050));
    await until(() => client.ids.includes('10049'));
    expect(client.events.length + client.droppedCount).toBe(10_051);
  });

  it('leaves out calls rather than spend its time on a filter, and counts them', async () => {
    const slow = new RecordingClient();
    let asked = 0;
    const filter = liveFilter(caller('acme'), 'passwd');
    await feed.subscribe(
      { ...filter, matcher: { sensitive: [], matches: () => ((now += 30), (asked += 1), true) } },
      slow,
    );
    await log.append(calls(0, 100));
    await until(() => slow.events.length + slow.droppedCount === 100);
    expect(asked).toBeLessThan(100);
    expect(slow.droppedCount).toBeGreaterThan(0);
  });
});

describe('resuming', () => {
  it('after any event, from memory, misses and repeats nothing', async () => {
    const first = new RecordingClient();
    await feed.subscribe(everything(), first);
    await log.append(calls(0, 40));
    await until(() => first.events.length === 40);
    for (const at of [0, 9, 38, 39]) {
      const again = new RecordingClient();
      now += 2_000;
      const { leave } = await feed.subscribe(everything(), again, position(first.events[at]?.id));
      await until(() => again.resumption !== undefined);
      expect(again.ids).toEqual(first.ids.slice(at + 1));
      expect(again.resumption?.complete).toBe(true);
      leave();
    }
  });

  it('on another replica, from the log, while calls go on', async () => {
    const first = new RecordingClient();
    await feed.subscribe(everything(), first);
    for (let n = 0; n < 40; n += 1) await log.append(calls(n, n + 1));
    await until(() => first.events.length === 40);
    const missed = first.ids.slice(10);
    const replica = await newFeed();
    const again = new RecordingClient();
    await replica.subscribe(everything(), again, position(first.events[9]?.id));
    for (let n = 40; n < 60; n += 1) await log.append(calls(n, n + 1));
    await until(() => again.events.length >= 50);
    expect(sorted(again.ids)).toEqual(sorted([...missed, ...numbers(40, 60)]));
  });

  it('sends more than a second may hold in its time, and counts what takes too long', async () => {
    const { position: start } = await feed.subscribe(everything(), new RecordingClient());
    await log.append(calls(0, 500));
    let time = 0;
    const replica = await newFeed(() => (time += 20));
    const patient = new RecordingClient();
    await replica.subscribe(everything(), patient, position(start));
    await until(() => patient.resumption !== undefined, { timeoutMs: 20_000 });
    expect(sorted(patient.ids)).toEqual(numbers(0, 500));
    await log.append(calls(500, 10_500));
    const late = new RecordingClient();
    const hasty = await newFeed(() => (time += 1_000));
    await hasty.subscribe(everything(), late, position(start));
    await until(() => late.resumption !== undefined, { timeoutMs: 20_000 });
    expect(late.events.length + late.droppedCount).toBe(10_500);
  });

  it('refuses a position ahead of the log, and gives up when the client leaves', async () => {
    const ahead = new Map([[`${TOPICS.calls.name}/0`, 999_999n]]);
    await expect(feed.subscribe(everything(), new RecordingClient(), ahead)).rejects.toBeInstanceOf(
      BadPosition,
    );
    expect(feed.clients).toBe(0);
    const { position: start } = await feed.subscribe(everything(), new RecordingClient());
    await log.append(calls(0, 300));
    const client = new RecordingClient();
    const subscription = await (await newFeed()).subscribe(everything(), client, position(start));
    subscription.leave();
    await log.append(calls(300, 301));
    expect(client.resumption).toBeUndefined();
  });
});

describe('resuming from long ago', () => {
  it('begins where reading is no burden, and says that it is not all', async () => {
    const { position: start } = await feed.subscribe(everything(), new RecordingClient());
    for (let n = 0; n < 25; n += 1)
      await log.append(Array.from({ length: 1_000 }, (_, at) => liveCall({ id: `${n}-${at}` })));
    let time = 0;
    const hasty = await newFeed(() => (time += 40_000));
    const client = new RecordingClient();
    await hasty.subscribe(everything(), client, position(start));
    await until(() => client.resumption !== undefined, { timeoutMs: 20_000 });
    expect(client.resumption?.complete).toBe(false);
    expect(client.events.length + client.droppedCount).toBe(20_000);
  });

  it('lets go of clients that leave while they wait for the log', async () => {
    const { position: start } = await feed.subscribe(everything(), new RecordingClient());
    await log.append(calls(0, 1_000));
    const replica = await newFeed();
    const gone = await Promise.all(
      Array.from({ length: 60 }, () =>
        replica.subscribe(everything(), new RecordingClient(), position(start)),
      ),
    );
    for (const { leave } of gone) leave();
    const client = new RecordingClient();
    await replica.subscribe(liveFilter(caller('acme'), 'tool:nothing'), client, position(start));
    await until(() => client.resumption !== undefined, { timeoutMs: 10_000 });
  });
});

describe('a live filter', () => {
  it.each([
    ['decison:deny', 'lens.unknown_field'],
    ['tool:re:"(a+)+$"', 'lens.no_pattern_here'],
    ['| stats count()', 'lens.no_stage_here'],
    ['(((', 'lens.unclosed_parenthesis'],
  ])('refuses %s', (q, code) => {
    let problem: unknown;
    try {
      liveFilter(caller('acme'), q);
    } catch (error) {
      problem = error;
    }
    expect((problem as ProblemError).problem.diagnostics?.map((diagnostic) => diagnostic.code)).toContain(
      code,
    );
  });

  it('lets nobody learn arguments from what it finds who may not read them', () => {
    const reader = caller('acme', ['events:read']);
    expect(() => liveFilter(reader, 'args.path:/etc/*')).toThrow('auth.insufficient_scope');
    expect(() => liveFilter(reader, '-has:result')).toThrow('auth.insufficient_scope');
    expect(liveFilter(reader, 'secret').payload).toBe(false);
    expect(liveFilter(reader, 'secret').key).not.toBe(liveFilter(caller('acme'), 'secret').key);
  });
});

describe('a position', () => {
  it('reads what it wrote', () => {
    const written = new Map([
      [`${TOPICS.calls.name}/0`, 12n],
      [`${TOPICS.policyChanges.name}/0`, -1n],
    ]);
    expect(parsePosition(formatPosition(written))).toEqual(written);
  });

  it.each([
    '',
    'x',
    'c0.-2',
    'c0.1;drop',
    'z0.1',
    'c0.1-',
    'c00001.1',
    'c0.9999999999999999999',
    Array(5000).fill('c0.1').join('-'),
  ])('refuses %#', (text) => {
    expect(parsePosition(text)).toBeNull();
  });
});
