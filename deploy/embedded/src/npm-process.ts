import { execFileSync } from 'node:child_process';

import { processStat } from '../prepare/process-stat.mjs';

/**
 * The pid of the npm that started this process, as `npm start`; undefined when there is none. Between the two may be
 * the shell that npm runs scripts in, which does not hand signals on and does not end when npm is killed.
 */
export function npmProcess(): number | undefined {
  if (process.env['npm_lifecycle_event'] !== 'start') return undefined;
  const parent = lookUp(process.ppid);
  if (!parent) return undefined;
  return /(^|\/)(sh|dash|bash|ash|zsh)$/.test(parent.name) ? parent.parent : process.ppid;
}

function lookUp(pid: number): { name: string; parent: number } | undefined {
  try {
    if (process.platform === 'linux') return processStat(pid);
    const [parent = '', name = ''] = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+(.*)/);
    return { name, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
