import { readFileSync } from 'node:fs';

/**
 * What Linux says of a process: its name, its state, its parent, and when it was started, in a form that only compares.
 * Throws when there is none with this pid.
 * @param {number | string} pid
 * @returns {{ name: string, isZombie: boolean, parent: number, started: string | undefined }}
 */
export function processStat(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; fields are counted from behind it.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    isZombie: fields[0] === 'Z',
    parent: Number(fields[1]),
    started: fields[19],
  };
}
