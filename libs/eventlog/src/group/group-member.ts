import { Alarm } from '../alarm.js';
import { BackOff, type BackOffOptions, pause } from '../back-off.js';
import { asEventLogError } from '../event-log-error.js';
import type { LogBatch, RunningReader, Subscription } from '../event-log.js';
import { type BatchLimits, PartitionWorker } from '../partition-worker.js';
import { assignPartitions } from './assign-partitions.js';
import {
  type Claim,
  type GroupPartition,
  type GroupStore,
  type GroupView,
  partitionName,
} from './group-store.js';

export interface GroupMemberOptions {
  readonly id: string;
  readonly store: GroupStore;
  readonly subscription: Subscription;
  readonly limits: BatchLimits;
  /** A member that has not beaten for this long has lost its partitions. */
  readonly leaseMs: number;
  readonly beatMs: number;
  readonly next: (
    claim: Claim,
    from: bigint,
    limits: BatchLimits,
    signal: AbortSignal,
  ) => Promise<LogBatch | undefined>;
  readonly onError: (error: unknown) => void;
  readonly backOff?: BackOffOptions | undefined;
}

interface Held {
  readonly claim: Claim;
  readonly worker: PartitionWorker;
  releasing: boolean;
}

/**
 * A member of a consumer group: beats, works out its share, claims it, reads it, hands over what belongs to others.
 * A member that cannot beat starts no batch after its lease ran out; what it still commits then is refused by the
 * fence as soon as somebody else has taken over.
 */
export class GroupMember implements RunningReader {
  readonly #options: GroupMemberOptions;
  readonly #held = new Map<string, Held>();
  readonly #stopping = new AbortController();
  readonly #wake = new Alarm();
  #leaseEnds = 0;
  #running: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  private constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  /** Resolves after the first beat and claim; rejects when that fails. */
  static async join(options: GroupMemberOptions): Promise<GroupMember> {
    const member = new GroupMember(options);
    const unlisten = options.store.onChange(() => member.#wake.ring());
    try {
      await member.#beat();
    } catch (error) {
      unlisten();
      throw asEventLogError(error, 'join the group');
    }
    member.#running = member.#run().finally(unlisten);
    return member;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    // Beats go on while handlers end, so that nobody takes over what is still being worked on.
    await Promise.all([...this.#held.values()].map(({ worker }) => worker.stop()));
    this.#stopping.abort();
    this.#wake.ring();
    await this.#running;
    // A beat that was under way may have claimed more.
    await Promise.all([...this.#held.values()].map(({ worker }) => worker.stop()));
    try {
      await this.#options.store.leave();
    } catch (error) {
      // The lease runs out by itself.
      this.#options.onError(asEventLogError(error, 'leave the group'));
    }
  }

  async #run(): Promise<void> {
    const backOff = new BackOff(this.#options.backOff);
    while (!this.#stopping.signal.aborted) {
      await this.#wake.wait(this.#options.beatMs);
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#beat();
        backOff.reset();
      } catch (error) {
        this.#options.onError(asEventLogError(error, 'renew its lease'));
        await backOff.wait(this.#stopping.signal);
      }
    }
  }

  async #beat(): Promise<void> {
    const { store, leaseMs } = this.#options;
    const sent = performance.now();
    const view = await store.beat();
    this.#leaseEnds = sent + leaseMs;
    this.#abandonLost(view);
    const mine = this.#share(view);
    for (const [name, held] of this.#held) if (!mine.has(name)) this.#handOver(name, held);
    await this.#releaseForgotten(view, mine);
    if (this.#stopped) return;
    const free = this.#free(view, mine);
    if (free.length === 0) return;
    for (const claim of await store.claim(free)) this.#take(claim);
  }

  #share(view: GroupView): Map<string, GroupPartition> {
    const target = assignPartitions(view);
    const mine = view.partitions.filter(
      (partition) => target.get(partitionName(partition)) === this.#options.id,
    );
    return new Map(mine.map((partition) => [partitionName(partition), partition]));
  }

  /** What should be this member's and has no live owner; its own id as owner is a claim whose answer was lost. */
  #free(view: GroupView, mine: Map<string, GroupPartition>): GroupPartition[] {
    const others = new Set(view.members.map((member) => member.id).filter((id) => id !== this.#options.id));
    return view.partitions.filter((partition) => {
      const name = partitionName(partition);
      return (
        mine.has(name) && !this.#held.has(name) && (partition.owner === null || !others.has(partition.owner))
      );
    });
  }

  #abandonLost(view: GroupView): void {
    for (const partition of view.partitions) {
      const name = partitionName(partition);
      const held = this.#held.get(name);
      if (!held || (partition.owner === this.#options.id && partition.fence === held.claim.fence)) continue;
      if (held.releasing) continue;
      held.releasing = true;
      held.worker.abandon();
      // Not before its handler has ended: one partition is never handled twice at a time here.
      void held.worker.done.then(() => this.#forget(name, held));
    }
  }

  /** Partitions that are others' but still carry this member's name, because a release failed. */
  async #releaseForgotten(view: GroupView, mine: Map<string, GroupPartition>): Promise<void> {
    for (const partition of view.partitions) {
      const name = partitionName(partition);
      if (partition.owner !== this.#options.id || this.#held.has(name) || mine.has(name)) continue;
      await this.#options.store.release({ ...partition, offset: 0n });
    }
  }

  #handOver(name: string, held: Held): void {
    if (held.releasing) return;
    held.releasing = true;
    void held.worker
      .stop()
      .then(() => this.#options.store.release(held.claim))
      .catch((error: unknown) => this.#options.onError(asEventLogError(error, 'release a partition')))
      .finally(() => this.#forget(name, held));
  }

  #take(claim: Claim): void {
    const { subscription, limits, next, store, onError, backOff } = this.#options;
    const name = partitionName(claim);
    const worker = new PartitionWorker({
      assignment: { topic: claim.topic, partition: claim.partition, offset: claim.offset },
      limits,
      source: {
        next: (from, batchLimits, signal) => next(claim, from, batchLimits, signal),
        commit: (offset) => store.commit(claim, offset),
        ready: (signal) => this.#leased(signal),
      },
      onAssigned: subscription.onAssigned,
      onBatch: subscription.onBatch,
      onError,
      backOff,
    });
    const held: Held = { claim, worker, releasing: false };
    this.#held.set(name, held);
    // A worker that was fenced has ended: the next beat may claim its partition again.
    void worker.done.then(() => {
      if (!held.releasing && !this.#stopped) this.#forget(name, held);
    });
  }

  #forget(name: string, held: Held): void {
    if (this.#held.get(name) === held) this.#held.delete(name);
    this.#wake.ring();
  }

  async #leased(signal: AbortSignal): Promise<void> {
    while (performance.now() >= this.#leaseEnds && !signal.aborted)
      await pause(this.#options.beatMs / 4, signal);
  }
}
