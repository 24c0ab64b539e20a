import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../ports.js';

/** Keeps bytes of a spool that cannot be sent, for a person to look at, and says so. */
export class Quarantine {
  constructor(
    private readonly directory: string,
    private readonly log: Log,
  ) {}

  /** The name says which bytes these are, so that a crash in between leaves one file and not two. Returns the file. */
  keep(name: string, bytes: Uint8Array, why: string): string {
    const folder = join(this.directory, 'quarantine');
    const file = join(folder, `${name}.bin`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes, { mode: 0o600 });
    this.log.error({ file, bytes: bytes.length }, `audit records were set aside: ${why}`);
    return file;
  }
}
