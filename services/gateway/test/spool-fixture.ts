import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Log } from '../src/ports.js';
import { SpoolReader } from '../src/spool/spool-reader.js';
import { Spool, type SpoolOptions } from '../src/spool/spool.js';

/** A log whose lines a test can look at. */
export class RecordingLog implements Log {
  readonly lines: { level: 'info' | 'warn' | 'error'; details: object; message: string }[] = [];
  info = (details: object, message: string) => void this.lines.push({ level: 'info', details, message });
  warn = (details: object, message: string) => void this.lines.push({ level: 'warn', details, message });
  error = (details: object, message: string) => void this.lines.push({ level: 'error', details, message });
  errors(): string[] {
    return this.lines.filter((line) => line.level === 'error').map((line) => line.message);
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openSpool(
  directory: string,
  options: Partial<SpoolOptions> = {},
): { spool: Spool; log: RecordingLog } {
  const log = new RecordingLog();
  const spool = new Spool({
    directory,
    gatewayId: 'gateway-test',
    maxBytes: 64 * 1024 * 1024,
    log,
    ...options,
  });
  return { spool, log };
}

/** Appends `{"n":<n>,…}`, padded to about `size` bytes. */
export function appendNumber(spool: Spool, n: number, size = 0, final = false): void {
  spool.append('CallDecided', `org:${n % 3}`, JSON.stringify({ n, pad: 'x'.repeat(size) }), final);
}

/** Reads and acknowledges everything there is; the numbers in their order. */
export function drain(
  spool: Spool,
  limits: { records?: number; bytes?: number } = {},
  log: Log = new RecordingLog(),
): number[] {
  const reader = new SpoolReader(spool.directory, spool.state, log);
  try {
    return drainReader(reader, limits);
  } finally {
    reader.close();
  }
}

export function drainReader(
  reader: SpoolReader,
  limits: { records?: number; bytes?: number } = {},
): number[] {
  const numbers: number[] = [];
  for (
    let batch = reader.read(limits.records ?? 500, limits.bytes ?? 1024 * 1024);
    batch;
    batch = reader.read(limits.records ?? 500, limits.bytes ?? 1024 * 1024)
  ) {
    for (const record of batch.records)
      numbers.push((JSON.parse(Buffer.from(record.value).toString()) as { n: number }).n);
    reader.acknowledge(batch.end);
  }
  return numbers;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Every event there is, as JSON, with the key it goes to the log under; acknowledged. */
export function drainEvents(spool: Spool): { key: string; type: string; event: Record<string, unknown> }[] {
  const reader = new SpoolReader(spool.directory, spool.state, new RecordingLog());
  const events = [];
  for (let batch = reader.read(500, 1e6); batch; batch = reader.read(500, 1e6)) {
    for (const { key, type, value } of batch.records) {
      events.push({ key, type, event: JSON.parse(Buffer.from(value).toString()) as Record<string, unknown> });
    }
    reader.acknowledge(batch.end);
  }
  reader.close();
  return events;
}
