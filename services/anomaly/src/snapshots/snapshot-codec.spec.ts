import { gzipSync } from 'node:zlib';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyPartition } from '../detection/partition-state.js';
import { sequenceWindow, seenBefore } from '../calls/sequence-window.js';
import { decodeSnapshot, encodeSnapshot, SNAPSHOT_FORMAT, type EncodedSnapshot } from './snapshot-codec.js';
import type { Snapshot } from './snapshot.js';

function snapshot(): Snapshot {
  const state = emptyPartition();
  const window = sequenceWindow();
  seenBefore(window, 12_345);
  state.sequences.set('gateway\nepoch', window);
  const detectors = new Map<string, unknown>([['first_use', { known: new Map([['__proto__', 1]]) }]]);
  const connections = new Map([
    ['b', { newestAt: 5, size: 1, detectors }],
    ['a', { newestAt: 4, size: 0, detectors: new Map() }],
  ]);
  state.tenants.set('tenant', { connections, size: 1 });
  return { topic: 'gateway.calls.v1', partition: 3, position: 17n, findingsPosition: 4n, state };
}

describe('a stored snapshot', () => {
  it('gives back what was stored, in the same order', async () => {
    const loaded = await decodeSnapshot(await encodeSnapshot(snapshot()));
    expect(loaded).toEqual({ kind: 'snapshot', snapshot: snapshot() });
    if (loaded.kind !== 'snapshot') return;
    expect([...loaded.snapshot.state.tenants.get('tenant')!.connections.keys()]).toEqual(['b', 'a']);
  });

  it('is damaged when any byte is not what was stored', async () => {
    const encoded = await encodeSnapshot(snapshot());
    await fc.assert(
      fc.asyncProperty(
        fc.nat(encoded.state.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, bits) => {
          const state = Uint8Array.from(encoded.state);
          state[at]! ^= bits;
          expect((await decodeSnapshot({ ...encoded, state })).kind).toBe('damaged');
        },
      ),
    );
  });

  it.each<[string, Partial<EncodedSnapshot>]>([
    ['position', { position: 18n }],
    ['position among the findings', { findingsPosition: 5n }],
    ['partition', { partition: 2 }],
    ['topic', { topic: 'policy.changes.v1' }],
    ['format', { format: SNAPSHOT_FORMAT + 1 }],
    ['checksum', { checksum: new Uint8Array(3) }],
    ['length', { state: new Uint8Array(0) }],
  ])('is damaged when its %s is another', async (_title, change) => {
    const encoded = await encodeSnapshot(snapshot());
    expect(await decodeSnapshot({ ...encoded, ...change })).toMatchObject({ kind: 'damaged' });
  });

  it('is damaged when its checksum holds but its bytes mean nothing', async () => {
    const encoded = await encodeSnapshot(snapshot());
    for (const state of [Buffer.from('no gzip'), gzipSync('no state'), gzipSync(serialize('a string'))]) {
      const { checksum } = await checksummed({ ...encoded, state });
      expect(await decodeSnapshot({ ...encoded, state, checksum })).toMatchObject({ kind: 'damaged' });
    }
  });

  it('is outdated when another release wrote it', async () => {
    const encoded = await encodeSnapshot(snapshot());
    const { checksum } = await checksummed({ ...encoded, format: 99 });
    expect(await decodeSnapshot({ ...encoded, format: 99, checksum })).toEqual({
      kind: 'outdated',
      format: 99,
    });
  });
});

/** What a release that is not this one, or a bug, would have stored. */
async function checksummed(encoded: EncodedSnapshot): Promise<EncodedSnapshot> {
  const { createHash } = await import('node:crypto');
  const { topic, partition, position, findingsPosition, format, state } = encoded;
  const head = JSON.stringify([topic, partition, position.toString(), findingsPosition.toString(), format]);
  return { ...encoded, checksum: createHash('sha256').update(head).update(state).digest() };
}
