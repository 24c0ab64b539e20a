import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ThrowawayFolder {
  path: string;
  remove(): Promise<void>;
}

/** A folder under the system's temporary one that the Postgres account may enter too. */
export async function throwawayFolder(name: string): Promise<ThrowawayFolder> {
  const path = await mkdtemp(join(tmpdir(), `portcullis-${name}-`));
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
