import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  appendNumber,
  drain,
  drainReader,
  openSpool,
  range,
  RecordingLog,
  temporaryFolder,
} from '../../test/spool-fixture.js';
import { RecordTooLarge } from './record.js';
import { listSegments, segmentPath } from './segment.js';
import { SpoolLocked } from './spool-lock.js';
import { SpoolReader } from './spool-reader.js';
import type { Spool, SpoolOptions } from './spool.js';

const open: Spool[] = [];
function start(directory: string, options: Partial<SpoolOptions> = {}) {
  const started = openSpool(directory, options);
  open.push(started.spool);
  return started;
}
async function stop(spool: Spool): Promise<void> {
  open.splice(open.indexOf(spool), 1);
  await spool.close();
}
afterEach(async () => {
  for (const spool of [...open]) await stop(spool);
});

describe('a spool', () => {
  it('gives back what was appended, in order, once', () => {
    const { spool } = start(temporaryFolder());
    for (const n of range(0, 50)) appendNumber(spool, n);
    expect(drain(spool, { records: 7 })).toEqual(range(0, 50));
    expect(drain(spool)).toEqual([]);
    expect(spool.nextSequence).toBe(50);
  });

  it('can be read while it is written', () => {
    const { spool, log } = start(temporaryFolder(), { segmentBytes: 4096 });
    const reader = new SpoolReader(spool.directory, spool.state, log);
    const seen: number[] = [];
    for (const n of range(0, 500)) {
      appendNumber(spool, n, n % 300);
      if (n % 7 === 0) seen.push(...drainReader(reader, { records: 5 }));
    }
    seen.push(...drainReader(reader));
    expect(seen).toEqual(range(0, 500));
    reader.close();
  });

  it('gives any cut of batches the same records', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3000), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.nat(3),
        (sizes, records, bytes, pieces) => {
          const { spool } = start(temporaryFolder(), { segmentBytes: 8192 });
          sizes.forEach((size, n) => appendNumber(spool, n, size));
          expect(drain(spool, { records, bytes, pieces })).toEqual(range(0, sizes.length));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('deletes a segment only when all its records are acknowledged', () => {
    const { spool, log } = start(temporaryFolder(), { segmentBytes: 4096 });
    for (const n of range(0, 40)) appendNumber(spool, n, 400);
    const before = listSegments(spool.directory);
    expect(before.length).toBeGreaterThan(3);
    const reader = new SpoolReader(spool.directory, spool.state, log);
    let delivered = 0;
    for (let batch = reader.read(3, 1e6); batch; batch = reader.read(3, 1e6)) {
      // Whatever is not acknowledged must still be there for the next process.
      const others = new SpoolReader(spool.directory, spool.state, log);
      expect(others.read(1, 1e6)?.records[0]?.value).toEqual(batch.records[0]?.value);
      others.close();
      delivered += batch.records.length;
      reader.acknowledge(batch.end);
    }
    expect(delivered).toBe(40);
    expect(listSegments(spool.directory)).toHaveLength(1);
    reader.close();
  });

  it('refuses a record over the limit without using up its number', () => {
    const { spool } = start(temporaryFolder());
    expect(() => appendNumber(spool, 0, 300 * 1024)).toThrow(RecordTooLarge);
    expect(spool.nextSequence).toBe(0);
    appendNumber(spool, 1);
    expect(drain(spool)).toEqual([1]);
  });

  it('resolves durable() for everything appended before, many waiters with few syncs', async () => {
    let syncs = 0;
    const { NODE_DISK } = await import('./spool-disk.js');
    const fdatasync = ((fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      syncs += 1;
      NODE_DISK.fdatasync(fd, done);
    }) as typeof NODE_DISK.fdatasync;
    const { spool } = start(temporaryFolder(), { disk: { ...NODE_DISK, fdatasync } });
    await spool.durable();
    syncs = 0;
    await Promise.all(
      range(0, 50).map((n) => {
        appendNumber(spool, n);
        return spool.durable();
      }),
    );
    expect(syncs).toBeLessThanOrEqual(2);
    expect(syncs).toBeGreaterThan(0);
  });
});

describe('a spool that is opened again', () => {
  it('hands over what was not acknowledged first, then the new, under a new epoch', async () => {
    const directory = temporaryFolder();
    const first = start(directory).spool;
    for (const n of range(0, 10)) appendNumber(first, n);
    const reader = new SpoolReader(directory, first.state, new RecordingLog());
    const batch = reader.read(4, 1e6);
    reader.acknowledge(batch?.end ?? { segment: 0, offset: 0 });
    reader.close();
    await stop(first);

    const { spool } = start(directory);
    expect(spool.epoch).not.toBe(first.epoch);
    expect(spool.nextSequence).toBe(0);
    for (const n of range(10, 12)) appendNumber(spool, n);
    expect(drain(spool)).toEqual(range(4, 12));
    expect(listSegments(directory)).toHaveLength(1);
  });

  it('leaves no files behind when nothing was ever appended', async () => {
    const directory = temporaryFolder();
    for (let i = 0; i < 5; i += 1) await stop(start(directory).spool);
    expect(listSegments(directory)).toHaveLength(1);
  });

  it('keeps every whole record when the last segment is cut at any byte', async () => {
    const original = temporaryFolder();
    const first = start(original).spool;
    for (const n of range(0, 6)) appendNumber(first, n, n);
    await stop(first);
    const [segment] = listSegments(original);
    const bytes = readFileSync(segment?.path ?? '');
    const ends = recordEnds(bytes);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const directory = temporaryFolder();
      writeFileSync(segmentPath(directory, 1), bytes.subarray(0, cut));
      const { spool, log } = start(directory);
      appendNumber(spool, 100);
      const whole = ends.filter((end) => end <= cut).length;
      expect(drain(spool, {}, log), `cut at ${cut}`).toEqual([...range(0, whole), 100]);
      await stop(spool);
    }
  });

  it('sends again, rather than loses, when the acknowledged position is torn', async () => {
    const directory = temporaryFolder();
    const first = start(directory).spool;
    for (const n of range(0, 4)) appendNumber(first, n);
    drain(first);
    await stop(first);
    truncateSync(join(directory, 'ack'), 3);
    expect(drain(start(directory).spool)).toEqual(range(0, 4));
  });

  it('goes back to the acknowledged position before, when the last write of it is torn', async () => {
    const directory = temporaryFolder();
    const first = start(directory).spool;
    const reader = new SpoolReader(directory, first.state, new RecordingLog());
    for (const n of range(0, 4)) {
      appendNumber(first, n);
      reader.acknowledge(reader.read(1, 1e6)?.end ?? { segment: 0, offset: 0 });
    }
    reader.close();
    await stop(first);
    const ack = readFileSync(join(directory, 'ack'));
    // Four writes: the last one went to the first slot.
    ack[9] = (ack[9] as number) ^ 1;
    writeFileSync(join(directory, 'ack'), ack);
    expect(drain(start(directory).spool)).toEqual([3]);
  });

  it('refuses a spool that a newer version wrote', async () => {
    const directory = temporaryFolder();
    const first = start(directory).spool;
    appendNumber(first, 1);
    await stop(first);
    const path = segmentPath(directory, 1);
    const bytes = readFileSync(path);
    bytes.write('PCSPOOL2', 0);
    writeFileSync(path, bytes);
    expect(() => start(directory)).toThrow(/newer version/);
    // The refusal must not hold the folder.
    bytes.write('PCSPOOL1', 0);
    writeFileSync(path, bytes);
    expect(drain(start(directory).spool)).toEqual([1]);
  });
});

describe('a spool with damage in the middle', () => {
  it('sets what is damaged aside, tells, and delivers the rest', async () => {
    const directory = temporaryFolder();
    const first = start(directory, { segmentBytes: 4096 }).spool;
    for (const n of range(0, 30)) appendNumber(first, n, 200);
    await stop(first);
    const path = segmentPath(directory, 1);
    const bytes = readFileSync(path);
    const ends = recordEnds(bytes);
    bytes[(ends[2] as number) + 40] = 0xff;
    writeFileSync(path, bytes);

    const { spool } = start(directory);
    const log = new RecordingLog();
    expect(drain(spool, {}, log)).toEqual([0, 1, 2, ...range(4, 30)]);
    expect(log.errors()).toEqual(['audit records were set aside: their checksum does not fit']);
    const [kept] = readdirSync(join(directory, 'quarantine'));
    expect(readFileSync(join(directory, 'quarantine', kept ?? ''))).toEqual(bytes.subarray(ends[2], ends[3]));
    expect(spool.state.counter('quarantinedBytes')).toBe((ends[3] as number) - (ends[2] as number));
    expect(drain(spool)).toEqual([]);
  });

  it('never crashes, never invents a record and never loses an intact one, whichever byte is changed', async () => {
    const original = temporaryFolder();
    const first = start(original).spool;
    for (const n of range(0, 8)) appendNumber(first, n, 3);
    await stop(first);
    const bytes = readFileSync(segmentPath(original, 1));
    const ends = recordEnds(bytes);
    for (let at = 8; at < bytes.length; at += 1) {
      const directory = temporaryFolder();
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x10;
      writeFileSync(segmentPath(directory, 1), changed);
      const { spool } = start(directory);
      appendNumber(spool, 100);
      const damaged = ends.findIndex((end) => at < end);
      const limits = at % 2 === 0 ? {} : { records: 1, pieces: 2 };
      expect(drain(spool, limits), `byte ${at}`).toEqual([
        ...range(0, damaged),
        ...range(damaged + 1, 8),
        100,
      ]);
      expect(readdirSync(join(directory, 'quarantine'))).toHaveLength(1);
      await stop(spool);
    }
  });

  it('goes on in the segment that is being written', () => {
    const { spool, log } = start(temporaryFolder());
    for (const n of range(0, 5)) appendNumber(spool, n, 100);
    const path = segmentPath(spool.directory, 1);
    const bytes = readFileSync(path);
    bytes[(recordEnds(bytes)[0] as number) + 20] = 0xff;
    // In place, as a failing disk would: the spool holds the file open.
    writeFileSync(path, bytes, { flag: 'r+' });
    const reader = new SpoolReader(spool.directory, spool.state, log);
    expect(drainReader(reader)).toEqual([0, 2, 3, 4]);
    appendNumber(spool, 5);
    expect(drainReader(reader)).toEqual([5]);
    reader.close();
  });

  it('does not take what follows a crash for damage: a tail of zeros, as a power cut leaves, is cut', async () => {
    const directory = temporaryFolder();
    const first = start(directory).spool;
    appendNumber(first, 1);
    await stop(first);
    const path = segmentPath(directory, 1);
    const whole = statSync(path).size;
    appendFileSync(path, Buffer.alloc(5000));
    const { spool } = start(directory);
    expect(statSync(path).size).toBe(whole);
    expect(drain(spool)).toEqual([1]);
  });
});

describe('a spool folder', () => {
  it('is refused while another spool holds it, and free again when that is closed', async () => {
    const directory = temporaryFolder();
    const { spool } = start(directory);
    expect(() => start(directory)).toThrow(SpoolLocked);
    await stop(spool);
    expect(() => start(directory)).not.toThrow();
  });

  it('is taken over at once from a process that died', () => {
    const directory = temporaryFolder();
    mkdirSync(directory, { recursive: true });
    // No process can have this id: it is over the kernel's limit.
    writeFileSync(
      join(directory, 'lock'),
      JSON.stringify({ token: 't', pid: 2 ** 30, host: 'elsewhere', incarnation: null }),
    );
    expect(() => start(directory)).toThrow(/process 1073741824 on elsewhere/);
    writeFileSync(
      join(directory, 'lock'),
      JSON.stringify({ token: 't', pid: 2 ** 30, host: hostname(), incarnation: null }),
    );
    expect(() => start(directory)).not.toThrow();
  });

  it('is taken over from a lock nobody can read', () => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, 'lock'), 'not json');
    expect(() => start(directory)).not.toThrow();
    expect(existsSync(join(directory, 'lock'))).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'is taken over when the process id has come round to another process',
    () => {
      const directory = temporaryFolder();
      const lock = { token: 't', pid: process.ppid, host: hostname(), incarnation: 'another boot/123' };
      writeFileSync(join(directory, 'lock'), JSON.stringify(lock));
      expect(() => start(directory)).not.toThrow();
    },
  );
});

/** Ends of the records of a segment, by their length fields. */
function recordEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let offset = 8; offset + 8 <= bytes.length;) {
    offset += 8 + bytes.readUInt32LE(offset);
    ends.push(offset);
  }
  return ends;
}
