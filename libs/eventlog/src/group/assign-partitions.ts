import { type GroupView, partitionName } from './group-store.js';

/**
 * Who should own each partition. Every member computes it from the same view and comes to the same answer, so nobody
 * leads. Owners keep what they have as far as the numbers stay even (they differ by at most one), so that a member
 * that comes or goes moves as little as possible.
 */
export function assignPartitions(view: GroupView): Map<string, string> {
  const members = [...view.members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const partitions = [...view.partitions].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
  const reads = new Map(members.map((member) => [member.id, new Set(member.topics)]));
  const load = new Map(members.map((member) => [member.id, 0]));
  const target = new Map<string, string>();
  const give = (name: string, member: string) => {
    target.set(name, member);
    load.set(member, load.get(member)! + 1);
  };
  const leastLoaded = (topic: string): string | undefined => {
    let best: string | undefined;
    for (const { id } of members) {
      if (reads.get(id)!.has(topic) && (best === undefined || load.get(id)! < load.get(best)!)) best = id;
    }
    return best;
  };

  for (const partition of partitions) {
    const { owner } = partition;
    if (owner !== null && reads.get(owner)?.has(partition.topic)) give(partitionName(partition), owner);
  }
  for (const partition of partitions) {
    if (target.has(partitionName(partition))) continue;
    const member = leastLoaded(partition.topic);
    if (member !== undefined) give(partitionName(partition), member);
  }
  // Moving one partition from a member to another with at least two fewer makes the spread smaller: this ends.
  for (let moved = true; moved;) {
    moved = false;
    for (const partition of [...partitions].reverse()) {
      const name = partitionName(partition);
      const from = target.get(name);
      const to = leastLoaded(partition.topic);
      if (from === undefined || to === undefined || load.get(from)! - load.get(to)! < 2) continue;
      load.set(from, load.get(from)! - 1);
      give(name, to);
      moved = true;
    }
  }
  return target;
}
