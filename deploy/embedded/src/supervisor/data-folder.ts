import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { LockHeld, startTimeOf, takeLock } from '../../prepare/process-lock.mjs';
import { EngineError } from '../engine-error.js';
import { killNow } from '../process/kill-now.js';

/** What one deployment keeps on disk, held by one supervisor at a time. */
export interface DataFolder {
  path: string;
  /** A path inside the folder. */
  at(...names: string[]): string;
  readJson<T>(name: string): T | undefined;
  /** Replaces the file as a whole, readable by its owner only. */
  writeJson(name: string, value: unknown): void;
  release(): void;
}

const PROCESSES = 'processes.json';
const ORPHAN_GRACE_MS = 20_000;

/** Creates the folder when needed and locks it. What a killed supervisor left running is gone when this resolves. */
export async function openDataFolder(dir: string): Promise<DataFolder> {
  const path = resolve(dir);
  try {
    // Started as root, others may pass through: Postgres, which runs as another user, has its folder in there.
    const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
    if (mkdirSync(path, { recursive: true, mode }) !== undefined) chmodSync(path, mode);
    mkdirSync(join(path, 'logs'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new EngineError(`The data folder ${path} cannot be created: ${(cause as Error).message}`, {
      cause,
    });
  }
  const lock = lockFolder(path);
  const at = (...names: string[]) => join(path, ...names);
  const folder: DataFolder = {
    path,
    at,
    readJson: <T>(name: string) => readJson<T>(at(name)),
    writeJson: (name, value) => writeJson(at(name), value),
    release: () => lock.release(),
  };
  await endOrphans(folder);
  return folder;
}

function lockFolder(path: string) {
  try {
    return takeLock(join(path, 'lock'));
  } catch (error) {
    if (error instanceof LockHeld) {
      throw new EngineError(
        `The data folder ${path} is in use by process ${error.pid}: stop that one, or set PORTCULLIS_DATA_DIR to another folder.`,
      );
    }
    throw new EngineError(`The data folder ${path} cannot be locked: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

interface RunningProcess {
  pid: number;
  started: string;
}

/** Writes down who runs, for the next start should this one be killed. */
export function rememberProcesses(folder: DataFolder, pids: ReadonlyMap<string, number>): void {
  const running: Record<string, RunningProcess> = {};
  for (const [name, pid] of pids) {
    const started = startTimeOf(pid);
    if (started !== undefined) running[name] = { pid, started };
  }
  folder.writeJson(PROCESSES, running);
}

/** The reaper of a killed supervisor is stopping these; what is left after a while is killed. */
async function endOrphans(folder: DataFolder): Promise<void> {
  const left = Object.values(folder.readJson<Record<string, RunningProcess>>(PROCESSES) ?? {});
  const alive = () => left.filter(({ pid, started }) => startTimeOf(pid) === started);
  const deadline = Date.now() + ORPHAN_GRACE_MS;
  while (alive().length > 0) {
    if (Date.now() > deadline) for (const { pid } of alive()) killNow(pid);
    await new Promise((done) => setTimeout(done, 50));
  }
  rmSync(folder.at(PROCESSES), { force: true });
}

function readJson<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (cause) {
    throw new EngineError(`${file} is not readable JSON: restore it, or remove it to have a new one made.`, {
      cause,
    });
  }
}

function writeJson(file: string, value: unknown): void {
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}
