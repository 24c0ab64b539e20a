import type { RecordedEvent } from '@portcullis/eventing';
import { InMemoryEventStore } from '@portcullis/eventing';
import { contractEvent } from '@portcullis/eventing/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { EventFollower, type EventFollowerOptions } from './event-follower.js';

const NEVER = 3_600_000;

describe('event follower', () => {
  const store = new InMemoryEventStore();
  const followers: EventFollower[] = [];
  afterEach(() => Promise.all(followers.splice(0).map((follower) => follower.stop())));

  function follow(options: Partial<EventFollowerOptions> = {}) {
    const seen: RecordedEvent[] = [];
    const proofs: { position: number; asOf: number }[] = [];
    const waiting: { until: () => boolean; resolve: () => void }[] = [];
    const check = () => {
      for (const wait of [...waiting]) {
        if (!wait.until()) continue;
        waiting.splice(waiting.indexOf(wait), 1);
        wait.resolve();
      }
    };
    const follower = new EventFollower({
      store,
      pollMs: NEVER,
      onDiverged: (error) => {
        throw error;
      },
      onEvents: (events) => void seen.push(...events),
      ...options,
      onCurrent: (proof) => {
        proofs.push(proof);
        options.onCurrent?.(proof);
        check();
      },
    });
    followers.push(follower);
    follower.start();
    return {
      seen,
      proofs,
      follower,
      until: (condition: () => boolean) =>
        new Promise<void>((resolve) => {
          waiting.push({ until: condition, resolve });
          check();
        }),
    };
  }

  it('takes in what is there, page by page, then what comes, and proves it is current only at the end', async () => {
    for (let n = 0; n < 5; n += 1) await store.append('a', [contractEvent()], { expectedVersion: 'any' });
    const before = performance.now();
    const { seen, proofs, until } = follow({ batchSize: 2 });
    await until(() => proofs.some(({ position }) => position === 5));
    expect(seen.map((event) => event.globalPosition)).toEqual([1, 2, 3, 4, 5]);
    expect(proofs.every(({ position }) => position === 5)).toBe(true);
    expect(proofs[0]?.asOf).toBeGreaterThanOrEqual(before);
    await store.append('b', [contractEvent()], { expectedVersion: 'any' });
    await until(() => proofs.some(({ position }) => position === 6));
    expect(seen.at(-1)?.stream).toBe('b');
  });

  it('starts after a given position', async () => {
    const { seen, proofs, until } = follow({ from: 4 });
    await until(() => proofs.length > 0);
    expect(seen[0]?.globalPosition).toBe(5);
  });

  it('polls when no hint comes', async () => {
    const deaf = {
      readAll: store.readAll.bind(store),
      idAt: store.idAt.bind(store),
      subscribe: () => () => undefined,
    };
    const { proofs, until } = follow({ store: deaf, pollMs: 1 });
    await until(() => proofs.length > 0);
    const { globalPosition } = await store.append('c', [contractEvent()], { expectedVersion: 'any' });
    await until(() => proofs.some(({ position }) => position === globalPosition));
  });

  it('gives the same events again when taking them in failed, and proves nothing meanwhile', async () => {
    let failures = 2;
    const attempts: number[] = [];
    const errors: unknown[] = [];
    const { proofs, until } = follow({
      from: 3,
      batchSize: 2,
      pollMs: 1,
      onEvents: (events) => {
        attempts.push(events[0]?.globalPosition ?? 0);
        if (failures > 0) {
          failures -= 1;
          throw new Error('not now');
        }
      },
      onError: (error) => {
        errors.push(error);
        expect(proofs).toEqual([]);
      },
    });
    await until(() => proofs.length > 0);
    expect(attempts.slice(0, 4)).toEqual([4, 4, 4, 6]);
    expect(errors).toHaveLength(2);
  });

  it('goes on when the store fails for a while', async () => {
    let failures = 3;
    const flaky = {
      subscribe: store.subscribe.bind(store),
      idAt: store.idAt.bind(store),
      readAll: (after: number, limit: number) => {
        if (failures > 0) {
          failures -= 1;
          return Promise.reject(new Error('gone'));
        }
        return store.readAll(after, limit);
      },
    };
    const errors: unknown[] = [];
    const { proofs, until } = follow({ store: flaky, pollMs: 1, onError: (error) => errors.push(error) });
    await until(() => proofs.length > 0);
    expect(errors).toHaveLength(3);
  });

  it('ends when the store no longer holds what it had read, and takes in nothing from it', async () => {
    let own: InMemoryEventStore = store;
    const behind = {
      subscribe: () => () => undefined,
      readAll: (...at: [number, number]) => own.readAll(...at),
      idAt: (at: number) => own.idAt(at),
    };
    let told: (error: unknown) => void = () => undefined;
    const diverged = new Promise<unknown>((resolve) => (told = resolve));
    const { seen, proofs, until } = follow({ store: behind, pollMs: 1, onDiverged: told });
    await until(() => proofs.length > 0);
    const before = seen.length;
    // A standby that lacked the last event took over, and has got others since.
    const standby = new InMemoryEventStore();
    for (let n = 0; n < before + 3; n += 1)
      await standby.append('a', [contractEvent()], { expectedVersion: 'any' });
    own = standby;
    expect(await diverged).toMatchObject({ code: 'postgres.history_diverged', position: before });
    expect(seen).toHaveLength(before);
    expect(proofs.at(-1)?.position).toBe(before);
  });

  it('waits for the handler in flight when it stops, and does not go on', async () => {
    let finish: () => void = () => undefined;
    let entered: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const { follower, proofs } = follow({
      from: 0,
      batchSize: 1,
      onEvents: () => {
        entered();
        return new Promise<void>((resolve) => (finish = resolve));
      },
    });
    await inside;
    let stopped = false;
    const stopping = follower.stop().then(() => (stopped = true));
    await Promise.resolve();
    expect(stopped).toBe(false);
    finish();
    await stopping;
    expect(proofs).toEqual([]);
  });
});
