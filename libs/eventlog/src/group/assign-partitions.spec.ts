import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions } from './assign-partitions.js';
import type { GroupView } from './group-store.js';

const view = (members: string[], owners: (string | null)[], topic = 't'): GroupView => ({
  members: members.map((id) => ({ id, topics: [topic] })),
  partitions: owners.map((owner, partition) => ({ topic, partition, owner, fence: 0n })),
});
const owned = (target: Map<string, string>, member: string) =>
  [...target].filter(([, owner]) => owner === member).map(([name]) => name);

describe('assignPartitions', () => {
  it('gives one member everything and two members half each', () => {
    expect(owned(assignPartitions(view(['a'], [null, null, null])), 'a')).toHaveLength(3);
    const both = assignPartitions(view(['a', 'b'], [null, null, null, null]));
    expect([owned(both, 'a').length, owned(both, 'b').length]).toEqual([2, 2]);
  });

  it('moves only what evens out when a member comes', () => {
    const target = assignPartitions(view(['a', 'b'], ['a', 'a', 'a', 'a']));
    expect(owned(target, 'a')).toEqual(['t/0', 't/1']);
    expect(owned(target, 'b')).toEqual(['t/2', 't/3']);
  });

  it('hands over only the partitions of a member that is gone', () => {
    const target = assignPartitions(view(['a', 'b'], ['a', 'gone', 'b', 'gone']));
    expect(target.get('t/0')).toBe('a');
    expect(target.get('t/2')).toBe('b');
  });

  it('leaves a topic alone that no member reads', () => {
    expect(assignPartitions({ ...view([], [null]), members: [{ id: 'a', topics: ['other'] }] }).size).toBe(0);
  });

  it('covers every partition evenly, whatever the owners and the order of the view', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    const owners = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', null), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(ids, owners, (members, current) => {
        const given = view(members, current);
        const target = assignPartitions(given);
        const counts = members.map((member) => owned(target, member).length);
        expect(target.size).toBe(current.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const shuffled = {
          members: [...given.members].reverse(),
          partitions: [...given.partitions].reverse(),
        };
        expect([...assignPartitions(shuffled)].sort()).toEqual([...target].sort());
        // An answer that was carried out is the answer again: no partition wanders for ever.
        const settled = view(
          members,
          current.map((_, p) => target.get(`t/${p}`)!),
        );
        expect(assignPartitions(settled)).toEqual(new Map([...target].sort(byPartition)));
      }),
    );
  });
});

function byPartition([a]: [string, string], [b]: [string, string]): number {
  return Number(a.slice(2)) - Number(b.slice(2));
}
