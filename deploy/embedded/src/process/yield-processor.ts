import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const NICENESS = 10;

/**
 * Lets a process go behind the others when there is not enough processor for all: for work that nobody waits for, so
 * that it catches up after a burst of calls instead of slowing the calls down. Nothing is promised where the system
 * knows no priorities. Linux with autogroups weighs sessions, not processes, and every child here has a session.
 */
export function yieldProcessor(pid: number): void {
  for (const attempt of [
    () => setPriority(pid, NICENESS),
    () => writeFileSync(`/proc/${pid}/autogroup`, String(NICENESS)),
  ]) {
    try {
      attempt();
    } catch {
      // The process then competes like every other.
    }
  }
}
