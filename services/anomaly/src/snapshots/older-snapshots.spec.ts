import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { completed, DAY, HOUR, logged, MINUTE, refused, SECOND, START } from '../../test/calls.js';
import { DETECTOR_DEFAULTS } from '../detection/detectors.js';
import { PartitionDetection } from '../detection/partition-detection.js';
import { decodeSnapshot } from './snapshot-codec.js';

/**
 * Stored by the release that had four detectors: eight days of `coder` with six tools, hourly, and of `builder` with one;
 * then a call of `delete_repo`, and nine denials of `create_issue`.
 */
const fixture = new URL('../../test/fixtures/snapshot-of-four-detectors.json', import.meta.url);
const END = START + 8 * DAY;

async function resumed() {
  const stored = JSON.parse(await readFile(fixture, 'utf8')) as Record<string, string | number>;
  const loaded = await decodeSnapshot({
    topic: String(stored['topic']),
    partition: Number(stored['partition']),
    position: BigInt(stored['position']!),
    findingsPosition: BigInt(stored['findingsPosition']!),
    format: Number(stored['format']),
    checksum: Buffer.from(String(stored['checksum']), 'hex'),
    state: Buffer.from(String(stored['state']), 'base64'),
  });
  if (loaded.kind !== 'snapshot') throw new Error(loaded.kind);
  const failures: unknown[] = [];
  const detection = new PartitionDetection({
    settings: DETECTOR_DEFAULTS,
    state: loaded.snapshot.state,
    onFailure: (error) => failures.push(error),
  });
  let n = Number(loaded.snapshot.position);
  const see = (event: (n: number) => Parameters<typeof logged>[0]) => {
    const found = detection.observe(logged(event(n), n));
    n += 1;
    return found.map(({ data: { kind, severity } }) => ({ kind, severity }));
  };
  return { detection, failures, see };
}

describe('a snapshot of an older release', () => {
  it('goes on in the middle of a burst of denials', async () => {
    const { see, failures } = await resumed();
    expect(see((n) => refused(n, END + 3 * MINUTE))).toEqual([{ kind: 'denial_burst', severity: 'medium' }]);
    expect(failures).toEqual([]);
  });

  it('still knows which tools were used', async () => {
    const { see } = await resumed();
    const later = END + 10 * MINUTE;
    expect(see((n) => completed(n, later, { name: 'get_file' }))).toEqual([]);
    expect(see((n) => completed(n, later + 1, { name: 'fork_repo' }))).toEqual([
      { kind: 'first_use', severity: 'medium' },
    ]);
    const known = ['list_issues', 'get_issue', 'close_issue', 'search_code', 'get_file'];
    const denials = known.map((name, i) => see((n) => refused(n, END + 20 * MINUTE + i * SECOND, { name })));
    expect(denials.flat()).toEqual([{ kind: 'denial_burst', severity: 'low' }]);
  });

  it('still knows the usual rate, and what was seen twice', async () => {
    const { see, detection } = await resumed();
    const spike = Array.from({ length: 60 }, (_, i) => see((n) => completed(n, END + HOUR + i * SECOND)));
    expect(spike.flat()).toMatchObject([{ kind: 'rate_spike' }]);
    detection.takeCounts();
    detection.observe(logged(completed(7, START), 7));
    expect(detection.takeCounts()).toMatchObject({ duplicate: 1, observed: 0 });
  });
});
