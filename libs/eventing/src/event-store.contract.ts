import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent, RecordedEvent } from './event.js';
import type { EventStore } from './event-store.js';
import { VersionConflict } from './event-store.js';
import { Upcasters } from './upcasters.js';

export interface EventStoreFixture {
  /** An empty store each time it is asked; upcasters are applied on read. */
  open(upcasters?: Upcasters): Promise<{ store: EventStore; close(): Promise<void> }>;
}

let created = 0;
export function contractEvent(type = 'Happened', data: unknown = {}, over: Partial<NewEvent> = {}): NewEvent {
  created += 1;
  return {
    id: `00000000-0000-7000-8000-${created.toString(16).padStart(12, '0')}`,
    type,
    version: 1,
    tenantId: 'tenant-1',
    occurredAt: '2026-01-02T03:04:05.678Z',
    actor: { type: 'user', id: 'user-1', name: 'Ana' },
    correlationId: 'correlation-1',
    causationId: null,
    traceparent: null,
    data,
    ...over,
  };
}

/** What every event store keeps to. */
export function eventStoreContract(name: string, fixture: EventStoreFixture): void {
  describe(`event store contract: ${name}`, () => {
    let store: EventStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, close } = await fixture.open());
    });
    afterEach(async () => {
      await close();
    });

    it('knows a stream nobody wrote as empty, at version 0', async () => {
      expect(await store.read('thing-1')).toEqual({ events: [], version: 0 });
      expect(await store.lastPosition()).toBe(0);
      expect(await store.readAll(0, 10)).toEqual([]);
    });

    it('gives back exactly what was appended, with its places', async () => {
      const first = contractEvent('Opened', {
        text: 'grüße \u{1F512} "quoted"',
        list: [1, null, true],
        nested: { deep: 1.5 },
      });
      const second = contractEvent('Closed', {}, { causationId: first.id, traceparent: '00-a-b-01' });
      expect(await store.append('thing-1', [first, second], { expectedVersion: 0 })).toEqual({
        version: 2,
        globalPosition: 2,
      });
      const { events, version } = await store.read('thing-1');
      expect(version).toBe(2);
      expect(events).toEqual([
        { ...first, stream: 'thing-1', position: 1, globalPosition: 1 },
        { ...second, stream: 'thing-1', position: 2, globalPosition: 2 },
      ]);
      expect(await store.readAll(0, 10)).toEqual(events);
    });

    it('reads on after a version', async () => {
      await store.append('thing-1', [contractEvent(), contractEvent(), contractEvent()], {
        expectedVersion: 0,
      });
      const { events, version } = await store.read('thing-1', { after: 1 });
      expect({ positions: events.map((event) => event.position), version }).toEqual({
        positions: [2, 3],
        version: 3,
      });
      expect(await store.read('thing-1', { after: 3 })).toEqual({ events: [], version: 3 });
    });

    it('says which event is at a position', async () => {
      const event = contractEvent();
      await store.append('thing-1', [contractEvent(), event], { expectedVersion: 0 });
      expect(await store.idAt(2)).toBe(event.id);
      expect(await store.idAt(3)).toBeNull();
      expect(await store.idAt(0)).toBeNull();
    });

    it('keeps streams apart and numbers all events across them', async () => {
      await store.append('a', [contractEvent()], { expectedVersion: 0 });
      await store.append('b', [contractEvent()], { expectedVersion: 0 });
      await store.append('a', [contractEvent()], { expectedVersion: 1 });
      expect((await store.read('a')).events.map((event) => [event.position, event.globalPosition])).toEqual([
        [1, 1],
        [2, 3],
      ]);
      expect((await store.read('b')).events.map((event) => [event.position, event.globalPosition])).toEqual([
        [1, 2],
      ]);
      expect(await store.lastPosition()).toBe(3);
    });

    it.each([
      ['a stream that should be new', 0],
      ['a version that has passed', 1],
      ['a version that has not come', 3],
    ])('refuses %s and stores nothing', async (_, expectedVersion) => {
      await store.append('thing-1', [contractEvent(), contractEvent()], { expectedVersion: 0 });
      const attempt = store.append('thing-1', [contractEvent()], { expectedVersion });
      await expect(attempt).rejects.toBeInstanceOf(VersionConflict);
      await expect(attempt).rejects.toMatchObject({ stream: 'thing-1', expected: expectedVersion });
      expect((await store.read('thing-1')).version).toBe(2);
      expect(await store.lastPosition()).toBe(2);
    });

    it('appends at the end when any version will do', async () => {
      await store.append('thing-1', [contractEvent()], { expectedVersion: 'any' });
      expect(await store.append('thing-1', [contractEvent()], { expectedVersion: 'any' })).toEqual({
        version: 2,
        globalPosition: 2,
      });
    });

    it('refuses an append of nothing', async () => {
      await expect(store.append('thing-1', [], { expectedVersion: 0 })).rejects.toThrow('at least one event');
    });

    it('refuses an event id it has stored, and stores none of the append', async () => {
      const once = contractEvent();
      await store.append('thing-1', [once], { expectedVersion: 0 });
      await expect(
        store.append('thing-2', [contractEvent(), once], { expectedVersion: 0 }),
      ).rejects.toThrow();
      expect((await store.read('thing-2')).version).toBe(0);
      expect(await store.lastPosition()).toBe(1);
    });

    it('lets one of many concurrent appends at one version win', async () => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 100 }, () => store.append('thing-1', [contractEvent()], { expectedVersion: 0 })),
      );
      const lost = attempts.filter((attempt) => attempt.status === 'rejected');
      expect(lost).toHaveLength(99);
      for (const attempt of lost) expect(attempt.reason).toBeInstanceOf(VersionConflict);
      expect((await store.read('thing-1')).version).toBe(1);
    });

    it('pages through all events by position', async () => {
      for (let n = 0; n < 7; n += 1)
        await store.append(`thing-${n % 2}`, [contractEvent()], { expectedVersion: 'any' });
      const seen: number[] = [];
      for (let after = 0; ;) {
        const page = await store.readAll(after, 3);
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(3);
        seen.push(...page.map((event) => event.globalPosition));
        after = page.at(-1)?.globalPosition ?? after;
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    });

    it('never shows a reader a position below one it has seen, whoever commits when', async () => {
      const seen: RecordedEvent[] = [];
      let after = 0;
      const readOn = async () => {
        for (const event of await store.readAll(after, 1000)) {
          seen.push(event);
          after = event.globalPosition;
        }
      };
      let writing = true;
      const reader = (async () => {
        while (writing) {
          await readOn();
          await Promise.resolve();
        }
      })();
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let n = 0; n < 20; n += 1) {
            await store.append(`writer-${writer}`, [contractEvent(), contractEvent()], {
              expectedVersion: n * 2,
            });
          }
        }),
      );
      writing = false;
      await reader;
      await readOn();
      expect(seen).toHaveLength(320);
      expect(new Set(seen.map((event) => event.id)).size).toBe(320);
      expect(await store.lastPosition()).toBe(after);
    });

    it('tells listeners that something was appended, until they stop', async () => {
      let told: (() => void) | undefined;
      let count = 0;
      const stop = store.subscribe(() => {
        count += 1;
        told?.();
      });
      const hint = () => new Promise<void>((resolve) => (told = resolve));
      const first = hint();
      // A listener that is still connecting may miss a hint, so append until one arrives.
      let arrived = false;
      void first.then(() => (arrived = true));
      while (!arrived) {
        await store.append('thing-1', [contractEvent()], { expectedVersion: 'any' });
        await store.readAll(0, 1);
      }
      stop();
      const before = count;
      const other = new Promise<void>((resolve) => {
        const stopOther = store.subscribe(() => {
          stopOther();
          resolve();
        });
      });
      let otherTold = false;
      void other.then(() => (otherTold = true));
      while (!otherTold) {
        await store.append('thing-1', [contractEvent()], { expectedVersion: 'any' });
        await store.readAll(0, 1);
      }
      expect(count).toBe(before);
    });

    it('applies upcasters on read and keeps unknown types as they are', async () => {
      await close();
      ({ store, close } = await fixture.open(
        new Upcasters([
          { type: 'Renamed', from: 1, up: (data) => ({ to: (data as { name: string }).name }) },
        ]),
      ));
      await store.append(
        'thing-1',
        [contractEvent('Renamed', { name: 'new' }), contractEvent('Unheard', { of: 1 })],
        {
          expectedVersion: 0,
        },
      );
      for (const events of [(await store.read('thing-1')).events, await store.readAll(0, 10)]) {
        expect(events.map(({ type, version, data }) => ({ type, version, data }))).toEqual([
          { type: 'Renamed', version: 2, data: { to: 'new' } },
          { type: 'Unheard', version: 1, data: { of: 1 } },
        ]);
      }
    });
  });
}
