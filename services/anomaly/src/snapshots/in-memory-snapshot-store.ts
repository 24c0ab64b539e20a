import { decodeSnapshot, encodeSnapshot, type EncodedSnapshot } from './snapshot-codec.js';
import type { LoadedSnapshot, PartitionName, Snapshot, SnapshotStore } from './snapshot.js';

/** For tests: encodes as the real one does, so that nothing is shared with what it was given. */
export class InMemorySnapshotStore implements SnapshotStore {
  readonly rows = new Map<string, EncodedSnapshot>();

  async load(partition: PartitionName): Promise<LoadedSnapshot> {
    const row = this.rows.get(nameOf(partition));
    return row === undefined ? { kind: 'none' } : decodeSnapshot(row);
  }

  async save(snapshot: Snapshot): Promise<number> {
    const encoded = await encodeSnapshot(snapshot);
    const stored = this.rows.get(nameOf(snapshot));
    if (stored === undefined || stored.position <= encoded.position) this.rows.set(nameOf(snapshot), encoded);
    return encoded.state.byteLength;
  }

  async discard(partition: PartitionName): Promise<void> {
    this.rows.delete(nameOf(partition));
  }
}

function nameOf({ topic, partition }: PartitionName): string {
  return `${topic}/${partition}`;
}
