import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';

import { EngineError } from '../engine-error.js';
import { exitOf } from '../process/exit-of.js';
import { lastWords, openLog, rotateLog } from '../process/log-file.js';
import { spawnKept } from '../process/spawn-kept.js';
import { ask } from './http-ask.js';
import { describeExit } from './tended-process.js';

export interface ServiceLaunch {
  name: string;
  /** Absolute path of the compiled entry. */
  entry: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** Answers 200 when the service does its work. */
  health: { base: string; path: string; headers?: Record<string, string>; anyStatus?: boolean };
  stopOrder: number;
  /** Nobody waits for what it does. */
  background?: boolean;
}

export const SERVICE_GRACE_MS = 12_000;
const READY_TIMEOUT_MS = 60_000;

/** Starts a Node service and waits until its health page says so. */
export async function launchService(
  launch: ServiceLaunch,
  onSpawn: (child: ChildProcess) => void,
): Promise<void> {
  const { name, entry, logFile } = launch;
  if (!existsSync(entry)) throw new EngineError(`${name} is not built: ${entry} is missing.`);
  rotateLog(logFile);
  const log = openLog(logFile);
  const child = spawnKept(process.execPath, ['--enable-source-maps', entry, ...(launch.args ?? [])], {
    env: launch.env,
    stdio: ['ignore', log, log],
    order: launch.stopOrder,
    stopSignal: 'SIGTERM',
    graceMs: SERVICE_GRACE_MS,
    ...(launch.background ? { background: true } : {}),
  });
  closeSync(log);
  onSpawn(child);
  let ended: string | undefined;
  void exitOf(child).then((exit) => (ended = describeExit(exit)));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isHealthy(launch.health))) {
    if (ended !== undefined) {
      throw new EngineError(
        `${name} stopped while starting (${ended}): ${lastWords(logFile)} (log: ${logFile})`,
      );
    }
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new EngineError(`${name} is not ready after ${READY_TIMEOUT_MS / 1_000} s (log: ${logFile})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function isHealthy({ anyStatus, ...where }: ServiceLaunch['health']): Promise<boolean> {
  try {
    const { status } = await ask({ ...where, timeoutMs: 2_000 });
    return anyStatus === true || status === 200;
  } catch {
    return false;
  }
}
