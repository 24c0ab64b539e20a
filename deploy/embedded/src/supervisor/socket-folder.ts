import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DataFolder } from './data-folder.js';

/** Room for the longest socket name; Linux allows 107 bytes for the whole path, macOS 103. */
const LONGEST_PATH = 103;
const LONGEST_NAME = '/gateway.sock'.length;

export interface SocketFolder {
  path: string;
  remove(): void;
}

/** An empty folder for Unix sockets that nobody else may enter: in the data folder when its path is short enough. */
export function socketFolder(folder: DataFolder): SocketFolder {
  const own = folder.at('run');
  rmSync(own, { recursive: true, force: true });
  if (Buffer.byteLength(own) + LONGEST_NAME <= LONGEST_PATH) {
    mkdirSync(own, { mode: 0o700 });
    chmodSync(own, 0o700);
    return { path: own, remove: () => rmSync(own, { recursive: true, force: true }) };
  }
  const path = mkdtempSync(join(tmpdir(), 'portcullis-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
