import { EventLogError } from '../event-log-error.js';
import type { LogRecord, LogTopic, NewLogRecord } from '../event-log.js';
import type { Claim, GroupPartition, GroupStore, GroupView } from '../group/group-store.js';
import { partitionOf } from '../partition-of.js';

export interface InMemoryPartition {
  readonly records: LogRecord[];
  /** Offset of the first record; earlier ones were dropped. */
  start: bigint;
}

interface Member {
  readonly id: string;
  readonly topics: readonly string[];
  expiresAt: number;
}

interface Ownership {
  owner: string | null;
  fence: bigint;
  committed: bigint | undefined;
}

interface Group {
  readonly members: Map<string, Member>;
  readonly partitions: Map<string, Ownership & GroupPartition>;
  readonly listeners: Set<() => void>;
}

/** What the clients of one in-memory log share: the place of the broker. Nothing survives the process. */
export class InMemoryLog {
  readonly #topics = new Map<string, InMemoryPartition[]>();
  readonly #groups = new Map<string, Group>();
  readonly #listeners = new Set<() => void>();

  ensureTopic(topic: LogTopic): void {
    const existing = this.#topics.get(topic.name);
    if (existing && existing.length !== topic.partitions) {
      throw new EventLogError(
        'eventlog.partition_count',
        `Topic ${topic.name} has ${existing.length} partitions, not ${topic.partitions}.`,
      );
    }
    if (existing) return;
    this.#topics.set(
      topic.name,
      Array.from({ length: topic.partitions }, () => ({ records: [], start: 0n })),
    );
  }

  partitions(topic: string): readonly InMemoryPartition[] {
    const partitions = this.#topics.get(topic);
    if (!partitions) throw new EventLogError('eventlog.unknown_topic', `There is no topic ${topic}.`);
    return partitions;
  }

  append(records: readonly NewLogRecord[]): void {
    for (const { topic } of records) this.partitions(topic);
    const timestamp = Date.now();
    for (const { topic, key, type, value } of records) {
      const partitions = this.partitions(topic);
      const partition = partitionOf(key, partitions.length);
      const { records: held, start } = partitions[partition]!;
      // Copies, and through UTF-8: what a reader gets is what a real log would give back.
      held.push({
        topic,
        partition,
        offset: start + BigInt(held.length),
        key: Buffer.from(key, 'utf8').toString('utf8'),
        type,
        value: Uint8Array.from(value),
        timestamp,
      });
    }
    for (const listener of [...this.#listeners]) listener();
  }

  /** Drops the records before `offset`, as retention does. */
  truncate(topic: string, partition: number, offset: bigint): void {
    const held = this.partitions(topic)[partition]!;
    held.records.splice(0, Number(offset - held.start));
    held.start = offset;
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  committed(group: string, topic: string): Map<number, bigint> {
    const offsets = new Map<number, bigint>();
    for (const { topic: of, partition, committed } of this.#groups.get(group)?.partitions.values() ?? []) {
      if (of === topic && committed !== undefined) offsets.set(partition, committed);
    }
    return offsets;
  }

  /** A member's view of a group; `online` is asked before each step, so that a member can be cut off. */
  groupStore(options: {
    group: string;
    member: string;
    topics: readonly string[];
    from: 'beginning' | 'end';
    leaseMs: number;
    online: () => void;
  }): GroupStore {
    const { member, topics, from, leaseMs, online } = options;
    const group = this.#group(options.group);
    const isLive = (id: string) => (group.members.get(id)?.expiresAt ?? 0) > performance.now();
    const changed = () => [...group.listeners].forEach((listener) => listener());
    const held = ({ topic, partition, fence }: Claim) => {
      const ownership = group.partitions.get(`${topic}/${partition}`);
      return ownership?.owner === member && ownership.fence === fence ? ownership : undefined;
    };
    return {
      beat: async (): Promise<GroupView> => {
        online();
        const joined = !group.members.has(member);
        group.members.set(member, { id: member, topics, expiresAt: performance.now() + leaseMs });
        for (const id of [...group.members.keys()]) if (!isLive(id)) group.members.delete(id);
        for (const topic of topics) this.#addGroupPartitions(group, topic);
        if (joined) changed();
        return { members: [...group.members.values()], partitions: [...group.partitions.values()] };
      },
      claim: async (wanted) => {
        online();
        const claims: Claim[] = [];
        for (const { topic, partition } of wanted) {
          const ownership = group.partitions.get(`${topic}/${partition}`)!;
          if (ownership.owner !== null && ownership.owner !== member && isLive(ownership.owner)) continue;
          const { start, records } = this.partitions(topic)[partition]!;
          if (from === 'end') ownership.committed ??= start + BigInt(records.length);
          ownership.owner = member;
          ownership.fence += 1n;
          claims.push({ topic, partition, fence: ownership.fence, offset: ownership.committed ?? start });
        }
        return claims;
      },
      release: async (claim) => {
        online();
        const ownership = held(claim);
        if (ownership) ownership.owner = null;
        changed();
      },
      commit: async (claim, offset) => {
        online();
        const ownership = held(claim);
        if (ownership) ownership.committed = offset;
        return ownership !== undefined;
      },
      leave: async () => {
        online();
        group.members.delete(member);
        for (const ownership of group.partitions.values())
          if (ownership.owner === member) ownership.owner = null;
        changed();
      },
      onChange: (listener) => {
        group.listeners.add(listener);
        return () => group.listeners.delete(listener);
      },
    };
  }

  #group(name: string): Group {
    let group = this.#groups.get(name);
    if (!group) {
      group = { members: new Map(), partitions: new Map(), listeners: new Set() };
      this.#groups.set(name, group);
    }
    return group;
  }

  #addGroupPartitions(group: Group, topic: string): void {
    this.partitions(topic).forEach((_, partition) => {
      const name = `${topic}/${partition}`;
      if (!group.partitions.has(name)) {
        group.partitions.set(name, { topic, partition, owner: null, fence: 0n, committed: undefined });
      }
    });
  }
}
