/**
 * Ends the processes of a parent that vanished. The parent writes `keep` and `release` lines to stdin; when stdin
 * ends (which the kernel sees to even after a kill -9) what is still kept is stopped, services before engines.
 */
import { createInterface } from 'node:readline';

import { startTimeOf } from '../../prepare/process-lock.mjs';

interface Kept {
  pid: number;
  order: number;
  signal: NodeJS.Signals;
  graceMs: number;
}

const kept = new Map<number, Kept>();

// Ctrl-C reaches the whole foreground group; the parent decides what happens then.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [verb, pid, order, signal, graceMs] = line.split(' ');
  if (verb === 'keep') {
    kept.set(Number(pid), {
      pid: Number(pid),
      order: Number(order),
      signal: signal as NodeJS.Signals,
      graceMs: Number(graceMs),
    });
  } else if (verb === 'release') kept.delete(Number(pid));
});
lines.on('close', () => {
  void stopAll().then(() => process.exit(0));
});

async function stopAll(): Promise<void> {
  const orders = [...new Set([...kept.values()].map((entry) => entry.order))].sort((a, b) => a - b);
  for (const order of orders) {
    await Promise.all([...kept.values()].filter((entry) => entry.order === order).map(stop));
  }
}

async function stop(entry: Kept): Promise<void> {
  send(entry.pid, entry.signal);
  const deadline = Date.now() + entry.graceMs;
  while (startTimeOf(entry.pid) !== undefined && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 25));
  send(entry.pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone.
  }
}
