import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { yieldProcessor } from './yield-processor.js';

export interface KeptOptions extends SpawnOptions {
  /** Lower numbers are stopped first: services before the engines they use. */
  order: number;
  /** What the reaper sends when this process has vanished. */
  stopSignal: NodeJS.Signals;
  graceMs: number;
  /** Nobody waits for what it does: see `yieldProcessor`. */
  background?: boolean;
}

/** After every service. */
export const ENGINE_STOP_ORDER = 9;

const REAPER = fileURLToPath(new URL('../../dist/process/reaper.js', import.meta.url));
const kept = new Map<number, string>();
let reaper: ChildProcess | undefined;

/**
 * Starts a child that does not outlive this process, even when this process is killed with SIGKILL: a reaper is
 * told its pid. The child gets a session of its own, so that Ctrl-C in a terminal reaches only this process, which
 * then stops its children in order.
 */
export function spawnKept(command: string, args: readonly string[], options: KeptOptions): ChildProcess {
  const { order, stopSignal, graceMs, background, ...spawnOptions } = options;
  const channel = reaperInput();
  const child = spawn(command, args, { ...spawnOptions, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    const line = `keep ${pid} ${order} ${stopSignal} ${graceMs}\n`;
    if (background) yieldProcessor(pid);
    kept.set(pid, line);
    channel.write(line);
    child.once('exit', () => {
      kept.delete(pid);
      if (reaper?.stdin?.writable) reaper.stdin.write(`release ${pid}\n`);
    });
  }
  return child;
}

function reaperInput(): Writable {
  if (reaper?.stdin?.writable && reaper.exitCode === null && reaper.signalCode === null) return reaper.stdin;
  const started = spawn(process.execPath, [REAPER], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  reaper = started;
  const input = started.stdin;
  // The reaper must not keep this process alive, and its own end is noticed at the next spawn.
  started.unref();
  (input as Writable & { unref?: () => void }).unref?.();
  input.on('error', () => undefined);
  started.on('error', () => undefined);
  started.once('exit', () => {
    if (reaper !== started) return;
    reaper = undefined;
    if (kept.size > 0) reaperInput();
  });
  for (const line of kept.values()) input.write(line);
  return input;
}
