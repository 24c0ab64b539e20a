import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { processStat } from './process-stat.mjs';

/** Somebody alive holds the lock. */
export class LockHeld extends Error {
  name = 'LockHeld';

  /** @param {number} pid */
  constructor(pid) {
    super(`held by process ${pid}`);
    this.pid = pid;
  }
}

/**
 * Takes a lock file for this process, or throws `LockHeld`. A lock whose process is gone is taken over. Processes are
 * told apart by pid and start time; those of another machine or container cannot be seen, so a folder must not be
 * shared between them.
 * @param {string} file
 * @returns {{ takenOver: boolean, release: () => void }}
 */
export function takeLock(file) {
  const own = JSON.stringify({ pid: process.pid, started: startTimeOf(process.pid) });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, own, { mode: 0o600 });
  let takenOver = false;
  try {
    for (;;) {
      if (claim(draft, file)) break;
      const holder = read(file);
      if (holder === undefined) continue;
      if (isHolderAlive(holder)) throw new LockHeld(holder.pid);
      dropStale(file, holder.text);
      takenOver = true;
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const release = () => {
    if (read(file)?.text === own) rmSync(file, { force: true });
  };
  return { takenOver, release };
}

/**
 * When a process was started, in a form that only compares; undefined when there is none with this pid.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function startTimeOf(pid) {
  try {
    if (process.platform === 'linux') {
      const { isZombie, started } = processStat(pid);
      // A zombie has ended.
      return isZombie ? undefined : started;
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} draft @param {string} file */
function claim(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file @returns {{ pid: number, started: string, text: string } | undefined} */
function read(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { pid, started } = JSON.parse(text);
    return { pid, started, text };
  } catch {
    return { pid: 0, started: '', text };
  }
}

/** @param {{ pid: number, started: string }} holder */
function isHolderAlive({ pid, started }) {
  return pid > 0 && startTimeOf(pid) === started;
}

/**
 * Moves a dead holder's lock away. Two may try at once: the slower one may have moved the winner's, and puts it back.
 * @param {string} file @param {string} staleText
 */
function dropStale(file, staleText) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside)?.text !== staleText) claim(aside, file);
  rmSync(aside, { force: true });
}
