import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of all files in a folder, but for those in folders of these names. What vanishes meanwhile counts nothing. */
export function folderSize(folder: string, without: readonly string[] = []): number {
  let bytes = 0;
  for (const entry of entriesOf(folder)) {
    if (without.includes(entry)) continue;
    const path = join(folder, entry);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) bytes += folderSize(path, without);
    else bytes += stats?.size ?? 0;
  }
  return bytes;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
