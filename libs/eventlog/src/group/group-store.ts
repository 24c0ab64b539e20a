/** Who reads what in a consumer group, as kept by the log. Times are the log's clock, never a member's. */
export interface GroupStore {
  /** Renews this member's lease, drops members whose lease ran out, and tells what the group looks like. */
  beat(): Promise<GroupView>;
  /**
   * Takes the partitions that are free: without an owner, or with one that is no longer a member. Each claim has a
   * higher fence than every claim before it; partitions somebody else was faster at are left out.
   */
  claim(partitions: readonly GroupPartition[]): Promise<Claim[]>;
  /** Gives a claim back; nothing happens when it is no longer this member's. */
  release(claim: Claim): Promise<void>;
  /** Stores the next offset to read. `false` when the claim was taken over: nothing is stored then. */
  commit(claim: Claim, offset: bigint): Promise<boolean>;
  /** Gives back everything and leaves, so that nobody has to wait for the lease to run out. */
  leave(): Promise<void>;
  /** Calls back when members or claims may have changed; a hint, the regular beat is the guarantee. */
  onChange(listener: () => void): () => void;
}

export interface GroupPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface Claim extends GroupPartition {
  readonly fence: bigint;
  /** Where to start reading. */
  readonly offset: bigint;
}

export interface GroupView {
  readonly members: readonly GroupMembership[];
  readonly partitions: readonly OwnedPartition[];
}

export interface GroupMembership {
  readonly id: string;
  readonly topics: readonly string[];
}

export interface OwnedPartition extends GroupPartition {
  readonly owner: string | null;
  readonly fence: bigint;
}

export function partitionName({ topic, partition }: GroupPartition): string {
  return `${topic}/${partition}`;
}
