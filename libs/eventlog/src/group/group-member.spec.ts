import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogBatch } from '../event-log.js';
import { GroupMember } from './group-member.js';
import type { Claim, GroupPartition, GroupStore } from './group-store.js';

/** One partition, this member alone, and switches for what goes wrong. */
function storeOf(state: {
  isAway: boolean;
  releaseFails: boolean;
  others: string[];
  owner: string | null;
  fence: bigint;
}) {
  const released: Claim[] = [];
  const online = () => {
    if (state.isAway) throw new Error('connection refused');
  };
  const store: GroupStore = {
    beat: async () => {
      online();
      return {
        members: ['me', ...state.others].map((id) => ({ id, topics: ['t'] })),
        partitions: [{ topic: 't', partition: 0, owner: state.owner, fence: state.fence }],
      };
    },
    claim: async (partitions: readonly GroupPartition[]) => {
      online();
      state.owner = 'me';
      state.fence += 1n;
      return partitions.map((partition) => ({ ...partition, fence: state.fence, offset: 0n }));
    },
    release: async (claim) => {
      online();
      if (state.releaseFails) throw new Error('connection reset');
      state.owner = null;
      released.push(claim);
    },
    commit: async () => true,
    leave: async () => undefined,
    onChange: () => () => undefined,
  };
  return { store, released };
}

const record = { topic: 't', partition: 0, key: 'k', type: 'T', value: new Uint8Array(), timestamp: 0 };
const next = async (_: Claim, from: bigint): Promise<LogBatch> => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return { topic: 't', partition: 0, records: [{ ...record, offset: from }], endOffset: from + 2n };
};

describe('GroupMember', () => {
  let member: GroupMember | undefined;

  afterEach(() => member?.stop());

  async function join(store: GroupStore, onBatch: (batch: LogBatch) => Promise<void>): Promise<unknown[]> {
    const errors: unknown[] = [];
    member = await GroupMember.join({
      id: 'me',
      store,
      subscription: { group: 'g', topics: ['t'], from: 'beginning', onBatch },
      limits: { maxRecords: 1, maxBytes: 1, maxWaitMs: 0 },
      leaseMs: 60,
      beatMs: 10,
      next,
      onError: (error) => errors.push(error),
      backOff: { minMs: 5, maxMs: 10 },
    });
    return errors;
  }

  it('starts no batch after its lease ran out, and goes on when it can beat again', async () => {
    const state = { isAway: false, releaseFails: false, others: [], owner: null, fence: 0n };
    let handled = 0;
    const errors = await join(storeOf(state).store, async () => void (handled += 1));
    await vi.waitFor(() => expect(handled).toBeGreaterThan(5));
    state.isAway = true;
    // Until nothing moves for longer than a lease.
    await vi.waitFor(async () => {
      const before = handled;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(handled).toBe(before);
    });
    expect(errors).not.toHaveLength(0);
    const before = handled;
    state.isAway = false;
    await vi.waitFor(() => expect(handled).toBeGreaterThan(before));
  });

  it('hands a partition over even when the first release fails', async () => {
    const state = {
      isAway: false,
      releaseFails: true,
      others: [] as string[],
      owner: null as string | null,
      fence: 0n,
    };
    const { store, released } = storeOf(state);
    const errors = await join(store, async () => undefined);
    await vi.waitFor(() => expect(state.owner).toBe('me'));
    // Another member with more right to it: the only one that reads the topic.
    const beat = store.beat.bind(store);
    store.beat = async () => ({
      ...(await beat()),
      members: [
        { id: 'me', topics: [] },
        { id: 'you', topics: ['t'] },
      ],
    });
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0));
    state.releaseFails = false;
    await vi.waitFor(() => expect(released).toMatchObject([{ partition: 0, fence: 1n }]));
  });

  it('lets go of a partition that somebody else has taken over', async () => {
    const state = {
      isAway: false,
      releaseFails: false,
      others: ['you'],
      owner: null as string | null,
      fence: 0n,
    };
    let handled = 0;
    const { store } = storeOf(state);
    await join(store, async () => void (handled += 1));
    await vi.waitFor(() => expect(handled).toBeGreaterThan(0));
    state.owner = 'you';
    state.fence += 1n;
    await vi.waitFor(async () => {
      const before = handled;
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(handled).toBe(before);
    });
  });

  it('goes on beating while it stops, so that nobody takes over what its handler is still at', async () => {
    const state = { isAway: false, releaseFails: false, others: [], owner: null, fence: 0n };
    const { store } = storeOf(state);
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let entered = false;
    await join(store, async () => {
      entered = true;
      await released;
    });
    await vi.waitFor(() => expect(entered).toBe(true));
    let beats = 0;
    const beat = store.beat.bind(store);
    store.beat = () => {
      beats += 1;
      return beat();
    };
    const left = vi.spyOn(store, 'leave');
    const stopping = member!.stop();
    await vi.waitFor(() => expect(beats).toBeGreaterThan(3));
    expect(left).not.toHaveBeenCalled();
    release();
    await stopping;
    expect(left).toHaveBeenCalledOnce();
  });

  it('never works on a partition twice at a time, though it lost and regained it', async () => {
    const state = {
      isAway: false,
      releaseFails: false,
      others: [] as string[],
      owner: null as string | null,
      fence: 0n,
    };
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let running = 0;
    let most = 0;
    let calls = 0;
    await join(storeOf(state).store, async () => {
      calls += 1;
      running += 1;
      most = Math.max(most, running);
      if (calls === 1) await released;
      running -= 1;
    });
    await vi.waitFor(() => expect(calls).toBe(1));
    // Somebody had it for a moment and is gone.
    state.owner = null;
    state.fence += 1n;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(calls).toBe(1);
    release();
    await vi.waitFor(() => expect(calls).toBeGreaterThan(2));
    expect(most).toBe(1);
  });
});
