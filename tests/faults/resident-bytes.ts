import { readFileSync } from 'node:fs';

/** Memory that a process holds, on Linux. */
export function residentBytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/**
 * The most that each process held at any moment of the work: how much a heap lets lie before it clears up depends on how
 * busy the machine is, and one moment says nothing of it.
 */
export async function peaksDuring(pids: readonly (number | undefined)[], work: () => Promise<unknown>) {
  const peaks = pids.map(residentBytes);
  const watch = setInterval(() => {
    for (const [at, pid] of pids.entries()) peaks[at] = Math.max(peaks[at]!, residentBytes(pid));
  }, 100);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return peaks;
}
