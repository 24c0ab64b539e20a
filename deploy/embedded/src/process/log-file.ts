import { copyFileSync, existsSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';

/** A log is moved to `<file>.1` at this size, so that a process that runs for months cannot fill the disk with it. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;

/** Opened for appending: the writer goes on at the new end after a rotation. */
export function openLog(file: string): number {
  return openSync(file, 'a', 0o600);
}

export function rotateLog(file: string): void {
  if (!existsSync(file) || statSync(file).size < MAX_LOG_BYTES) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
}

/** What the process said last, for a person: its last plain line, else the message of its last JSON line. */
export function lastWords(file: string): string {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(-50) : [];
  const plain = lines.findLast((line) => line.startsWith('portcullis ')) ?? lines.at(-1) ?? '';
  if (!plain.startsWith('{')) return plain;
  try {
    const { msg, err } = JSON.parse(plain) as { msg?: string; err?: { message?: string } };
    return err?.message ?? msg ?? plain;
  } catch {
    return plain;
  }
}
