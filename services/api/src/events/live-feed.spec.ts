import { InMemoryEventLog } from '@portcullis/eventlog';
import { TOPICS } from '@portcullis/contracts';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveFeed, type FeedItem } from './live-feed.js';
import { formatPosition, parsePosition } from './feed-position.js';
import { until } from '@portcullis/testing';

let log: InMemoryEventLog;
let feed: LiveFeed;

beforeEach(async () => {
  log = new InMemoryEventLog();
  await log.ensureTopics(Object.values(TOPICS));
  feed = new LiveFeed(log, pino({ level: 'silent' }));
});

afterEach(async () => {
  await feed.stop();
  await log.close();
});

const completed = (tenantId: string, requestId: string) => ({
  topic: TOPICS.calls.name,
  key: `${tenantId}:${requestId}`,
  type: 'CallCompleted',
  value: Buffer.from(JSON.stringify({ type: 'CallCompleted', tenantId, occurredAt: '', data: { requestId, decision: 'allow', kind: 'tool', name: 't', outcome: 'ok', arguments: 'secret', key: null } })),
});
const ids = (items: FeedItem[]) => items.map((item) => item.payload['id']);

describe('LiveFeed', () => {
  it("hands each event to its organization's clients alone, without the arguments", async () => {
    await feed.start();
    const acme: FeedItem[] = [];
    const other: FeedItem[] = [];
    feed.subscribe('acme', (item) => acme.push(item));
    feed.subscribe('other', (item) => other.push(item));
    await log.append([completed('acme', '1'), completed('other', '2'), completed('acme', '3')]);
    await until(() => acme.length === 2 && other.length === 1);
    expect(ids(other)).toEqual(['2']);
    expect(JSON.stringify([...acme, ...other].map((item) => item.payload))).not.toContain('secret');
  });

  it('says nothing of what came before the subscription', async () => {
    await log.append([completed('acme', 'old')]);
    await feed.start();
    const items: FeedItem[] = [];
    feed.subscribe('acme', (item) => items.push(item));
    await log.append([completed('acme', 'new')]);
    await until(() => items.length > 0);
    expect(ids(items)).toEqual(['new']);
  });

  it('resumes after any event, on another replica too, missing and repeating nothing', async () => {
    await feed.start();
    const first: FeedItem[] = [];
    feed.subscribe('acme', (item) => first.push(item));
    for (let n = 0; n < 40; n += 1) await log.append([completed('acme', String(n))]);
    await until(() => first.length === 40);
    const missed = ids(first).slice(10);

    const replica = new LiveFeed(log, pino({ level: 'silent' }));
    await replica.start();
    const resumed: FeedItem[] = [];
    const position = parsePosition(first[9]?.id ?? '');
    if (position === null) throw new Error('not a position');
    const leave = await replica.resume('acme', position, (item) => resumed.push(item));
    for (let n = 40; n < 60; n += 1) await log.append([completed('acme', String(n))]);
    await until(() => resumed.length >= 50);
    expect([...ids(resumed)].sort()).toEqual([...missed, ...Array.from({ length: 20 }, (_, n) => String(40 + n))].sort());
    leave();
    await replica.stop();
  });
});

describe('position', () => {
  it('reads what it wrote', () => {
    const position = new Map([['gateway.calls.v1/0', 12n], ['policy.changes.v1/0', -1n]]);
    expect(parsePosition(formatPosition(position))).toEqual(position);
  });

  it.each(['', 'x', 'gateway.calls.v1/0:-2', 'gateway.calls.v1/0:1;drop', 'a'.repeat(5000)])('refuses %j', (text) => {
    expect(parsePosition(text)).toBeNull();
  });
});
