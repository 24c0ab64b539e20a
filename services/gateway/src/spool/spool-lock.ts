import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Another gateway uses this spool folder. */
export class SpoolLocked extends Error {
  override readonly name = 'SpoolLocked';
  readonly code = 'spool.locked';
}

const FILE = 'lock';
const REFRESH_MS = 2_000;
/** A holder on another machine that did not refresh its lock for this long is gone. */
const ABANDONED_MS = 10_000;

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** Boot and start time of the process, where the system tells them: a process id alone comes round again. */
  readonly incarnation: string | null;
}

/**
 * Keeps two gateways out of one spool folder. A lock whose process has died, however hard, is taken over at once on the
 * same machine and after ten seconds on another. It guards against mistakes in a deployment; two gateways that got past
 * it would still write segments of their own names, and consumers would drop what is sent twice.
 */
export class SpoolLock {
  private readonly refresh: NodeJS.Timeout;

  private constructor(
    private readonly path: string,
    private readonly token: string,
  ) {
    this.refresh = setInterval(() => this.touch(), REFRESH_MS);
    this.refresh.unref();
  }

  static acquire(directory: string): SpoolLock {
    const path = join(directory, FILE);
    const holder: Holder = {
      token: randomUUID(),
      pid: process.pid,
      host: hostname(),
      incarnation: incarnationOf(process.pid),
    };
    const candidate = `${path}.${holder.token}`;
    writeFileSync(candidate, JSON.stringify(holder), { mode: 0o600 });
    try {
      for (let attempt = 0; attempt < 10; attempt += 1) {
        if (linked(candidate, path)) return new SpoolLock(path, holder.token);
        const other = read(path);
        if (other !== null && !abandoned(other, path)) {
          throw new SpoolLocked(
            `the spool folder ${directory} is used by process ${other.pid} on ${other.host}`,
          );
        }
        removeAbandoned(path, other?.token ?? null);
      }
      throw new SpoolLocked(`the spool folder ${directory} is being taken by another process`);
    } finally {
      rmSync(candidate, { force: true });
    }
  }

  release(): void {
    clearInterval(this.refresh);
    if (read(this.path)?.token === this.token) rmSync(this.path, { force: true });
  }

  private touch(): void {
    try {
      const now = new Date();
      utimesSync(this.path, now, now);
    } catch {
      // Somebody removed the lock by hand; the next start takes a new one.
    }
  }
}

/** Hard links are the one atomic create that also carries content. */
function linked(candidate: string, path: string): boolean {
  try {
    linkSync(candidate, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function abandoned(holder: Holder, path: string): boolean {
  if (holder.host !== hostname())
    return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > ABANDONED_MS;
  if (holder.pid === process.pid)
    return holder.incarnation === null || holder.incarnation !== incarnationOf(process.pid);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return holder.incarnation !== null && holder.incarnation !== incarnationOf(holder.pid);
}

/** Takes the lock file away, unless somebody else took it over since it was read: then it is put back. */
function removeAbandoned(path: string, token: string | null): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if ((read(aside)?.token ?? null) !== token) linked(aside, path);
  rmSync(aside, { force: true });
}

/** Boot id and start time on Linux; null where the system does not say. */
function incarnationOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22, counted after the command's name, which may hold blanks and brackets.
    return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}
