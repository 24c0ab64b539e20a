// What an audit record costs a call: the parts of an append, and other ways to write. One process, no load beside it.
// Needs a build: npx tsc -b services/gateway/tsconfig.lib.json
import {
  closeSync,
  fdatasync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { newEventId } from '../dist/recording/event-ids.js';
import { SpoolCallRecorder } from '../dist/recording/spool-call-recorder.js';
import { crc32c } from '../dist/spool/crc32c.js';
import { RecordEncoder } from '../dist/spool/record.js';
import { Spool } from '../dist/spool/spool.js';
import { completion, question, recordedCall } from './parts/call.mjs';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const log = { info: () => undefined, warn: console.log, error: console.log };
const spool = new Spool({
  directory: join(folder, 'spool'),
  gatewayId: 'bench',
  maxBytes: 8 * 1024 ** 3,
  log,
});
const recorder = new SpoolCallRecorder(spool, { count: () => undefined });
const answer = JSON.parse(readFileSync(new URL('./parts/decide-answer.json', import.meta.url), 'utf8'));
const asked = question(newEventId());
const ended = completion(Buffer.from('x'.repeat(400)));
const json = JSON.stringify(recordedCall(asked, answer).facts);
const encoder = new RecordEncoder();
const length = encoder.encode('CallDecided', 'key', json);
const record = Buffer.from(encoder.bytes.subarray(0, length));

const now = () => Number(process.hrtime.bigint()) / 1000;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Microseconds for each of `each` records that one call of `work` handles; a turn of the event loop goes by now and then. */
async function measure(name, work, each = 1) {
  const times = [];
  for (let i = 0; i < 12_000 / each; i += 1) {
    const from = now();
    work(i);
    times.push((now() - from) / each);
    if (i % 20 === 0) await turn();
  }
  times.splice(0, times.length / 6);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(2).padStart(8);
  console.log(`${name.padEnd(46)} p50 ${at(0.5)} us  p99 ${at(0.99)} us`);
}

console.log(`a record of ${length} bytes`);
await measure('JSON of the facts', () => JSON.stringify(recordedCall(asked, answer).facts));
await measure('event id', () => newEventId());
await measure('CRC-32C (own)', () => crc32c(record, 8, length));
await measure('CRC-32 (zlib)', () => crc32(record.subarray(8)));
await measure('encode: UTF-8 and CRC', () => encoder.encode('CallDecided', 'key', json));
await measure('append: encode and write', () => spool.append('CallDecided', 'key', json));
await measure('a whole call: decided and completed', () => {
  const call = recordedCall(asked, answer);
  recorder.decided(call);
  recorder.completed(call, ended);
});

console.log('\nways to write, for each record, with an fdatasync every 50 ms in the background');
const fd = openSync(join(folder, 'file'), 'w');
let syncing = false;
const timer = setInterval(() => {
  if (syncing) return;
  syncing = true;
  fdatasync(fd, () => (syncing = false));
}, 50);
let position = 0;
for (const together of [1, 8, 32]) {
  const records = Array.from({ length: together }, () => record);
  const joined = Buffer.alloc(length * together);
  await measure(
    `${together} at once: one write each`,
    () => {
      for (const bytes of records) position += writeSync(fd, bytes, 0, length, position);
    },
    together,
  );
  await measure(
    `${together} at once: writev`,
    () => (position += writevSync(fd, records, position)),
    together,
  );
  await measure(
    `${together} at once: copied together, one write`,
    () => {
      records.forEach((bytes, i) => bytes.copy(joined, i * length));
      position += writeSync(fd, joined, 0, joined.length, position);
    },
    together,
  );
}
clearInterval(timer);

console.log('\nfor each record whose append waits for the disk (audit class strict)');
for (const together of [1, 8, 32]) {
  const times = [];
  for (let i = 0; i < 60; i += 1) {
    const from = now();
    await Promise.all(
      Array.from({ length: together }, () => {
        spool.append('CallDecided', 'key', json);
        return spool.durable();
      }),
    );
    times.push((now() - from) / 1000);
  }
  times.sort((a, b) => a - b);
  console.log(`${together} at once: p50 ${times[30].toFixed(2)} ms  p99 ${times[59].toFixed(2)} ms`);
}
await spool.close();
closeSync(fd);
rmSync(folder, { recursive: true, force: true });
