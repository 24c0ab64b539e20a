import { describe, expect, it } from 'vitest';
import { ReplicaReporter } from './replica-reporter.js';
import type { ReplicaReport, ReplicaStore } from './replica-store.js';

/** A store that answers when it is told to. */
class SlowReplicaStore implements ReplicaStore {
  readonly reports: ReplicaReport[] = [];
  readonly removed: string[] = [];
  readonly #answers: ((error?: Error) => void)[] = [];

  report(report: ReplicaReport): Promise<void> {
    this.reports.push(report);
    return new Promise((resolve, reject) =>
      this.#answers.push((error) => (error ? reject(error) : resolve())),
    );
  }
  live(): Promise<readonly ReplicaReport[]> {
    return Promise.resolve(this.reports);
  }
  remove(replica: string): Promise<void> {
    this.removed.push(replica);
    return Promise.resolve();
  }
  async answer(error?: Error): Promise<void> {
    this.#answers.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function rig() {
  const world = { position: 1, fresh: true };
  const store = new SlowReplicaStore();
  const errors: unknown[] = [];
  const reporter = new ReplicaReporter({
    replica: 'one',
    store,
    position: () => world.position,
    gateways: () => [{ id: 'gw', epoch: 'e', confirmed: 1 }],
    fresh: () => world.fresh,
    onError: (error) => errors.push(error),
  });
  return { world, store, errors, reporter };
}

describe('replica reporter', () => {
  it('has one report under way, and what changed meanwhile in the next', async () => {
    const { world, store, reporter } = rig();
    reporter.changed();
    for (world.position = 2; world.position < 10; world.position += 1) reporter.changed();
    expect(store.reports).toEqual([
      { replica: 'one', position: 1, gateways: [{ id: 'gw', epoch: 'e', confirmed: 1 }] },
    ]);
    await store.answer();
    expect(store.reports.map(({ position }) => position)).toEqual([1, 10]);
    await store.answer();
    expect(store.reports).toHaveLength(2);
  });

  it('does not vouch for a position while it is not up to date', () => {
    const { world, store, reporter } = rig();
    world.fresh = false;
    reporter.changed();
    expect(store.reports).toEqual([]);
  });

  it('goes on after a report that failed', async () => {
    const { store, errors, reporter } = rig();
    reporter.changed();
    await store.answer(new Error('no database'));
    reporter.changed();
    expect([store.reports.length, errors.length]).toEqual([2, 1]);
    await store.answer();
  });

  it('ends the report under way and takes itself off the list when it stops', async () => {
    const { store, reporter } = rig();
    reporter.changed();
    const stopping = reporter.stop();
    expect(store.removed).toEqual([]);
    await store.answer();
    await stopping;
    reporter.changed();
    expect([store.removed, store.reports.length]).toEqual([['one'], 1]);
  });
});
