import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Log } from '../src/ports.js';
import { SpoolReader, type SpoolBatch } from '../src/spool/spool-reader.js';
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

interface DrainLimits {
  readonly records?: number;
  readonly bytes?: number;
  /** How often each batch is read on before it is acknowledged. */
  readonly pieces?: number;
}

/** Reads and acknowledges everything there is; the numbers in their order. */
export function drain(spool: Spool, limits: DrainLimits = {}, log: Log = new RecordingLog()): number[] {
  const reader = new SpoolReader(spool.directory, spool.state, log);
  try {
    return drainReader(reader, limits);
  } finally {
    reader.close();
  }
}

export function drainReader(reader: SpoolReader, limits: DrainLimits = {}): number[] {
  const { records = 500, bytes = 1024 * 1024, pieces = 0 } = limits;
  const numbers: number[] = [];
  const take = (batch: SpoolBatch) => {
    for (const { value } of batch.records)
      numbers.push((JSON.parse(Buffer.from(value).toString()) as { n: number }).n);
  };
  for (let batch = reader.read(records, bytes); batch; batch = reader.read(records, bytes)) {
    take(batch);
    let { end } = batch;
    for (let piece = 0; piece < pieces; piece += 1) {
      const next = reader.readOn(end, records, bytes);
      if (next === null) break;
      take(next);
      end = next.end;
    }
    reader.acknowledge(end);
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
