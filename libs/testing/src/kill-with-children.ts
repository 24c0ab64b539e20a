import { execFileSync, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';

import { exitOf, killNow, processStat } from '@portcullis/embedded';

import { until } from './until.js';

/** Kills a process and those it started with SIGKILL; resolves when none of them runs any more. */
export async function killWithChildren(child: ChildProcess): Promise<void> {
  const family = running()
    .filter(({ pid, parent }) => pid === child.pid || parent === child.pid)
    .map(({ pid }) => pid);
  for (const pid of family) killNow(pid);
  await exitOf(child);
  await until(() => !running().some(({ pid }) => family.includes(pid)), {
    describe: 'a killed process and its children to be gone',
  });
}

interface Running {
  readonly pid: number;
  readonly parent: number;
}

function running(): Running[] {
  return process.platform === 'linux' ? ofProc() : ofPs();
}

function ofProc(): Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const { isZombie, parent } = processStat(pid);
        return isZombie ? [] : [{ pid: Number(pid), parent }];
      } catch {
        // Gone since.
        return [];
      }
    });
}

function ofPs(): Running[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
