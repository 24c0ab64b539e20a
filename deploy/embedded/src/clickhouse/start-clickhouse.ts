import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { EngineError } from '../engine-error.js';
import { exitOf, stopChild } from '../process/exit-of.js';
import { lastWords, openLog, rotateLog } from '../process/log-file.js';
import { ENGINE_STOP_ORDER, spawnKept } from '../process/spawn-kept.js';

export interface ClickHouseOptions {
  /** Data folder, created on the first start. */
  dir: string;
  /** Default: `<dir>.log`. */
  logFile?: string;
  port: number;
  password: string;
  /** Called as soon as the engine's process exists. */
  onSpawn?: (child: ChildProcess) => void;
}

export interface EmbeddedClickHouse {
  url: string;
  child: ChildProcess;
  stop(): Promise<void>;
}

const USER = 'portcullis';
const READY_TIMEOUT_MS = 60_000;
const ENTRY = fileURLToPath(new URL('../../dist/clickhouse-engine.js', import.meta.url));

/** Starts the ClickHouse engine as a process on loopback and waits until it answers. */
export async function startClickHouseEngine(options: ClickHouseOptions): Promise<EmbeddedClickHouse> {
  const { logFile = `${options.dir}.log` } = options;
  rotateLog(logFile);
  const log = openLog(logFile);
  const child = spawnKept(process.execPath, ['--enable-source-maps', ENTRY], {
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // Each statement that runs holds a thread of this pool.
      UV_THREADPOOL_SIZE: '32',
      CLICKHOUSE_ENGINE_DIR: options.dir,
      CLICKHOUSE_ENGINE_PORT: String(options.port),
      CLICKHOUSE_ENGINE_USER: USER,
      CLICKHOUSE_ENGINE_PASSWORD: options.password,
    },
    order: ENGINE_STOP_ORDER,
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
    background: true,
  });
  closeSync(log);
  options.onSpawn?.(child);
  await answering(child, options.port, logFile).catch(async (error: unknown) => {
    await stopChild(child, 'SIGKILL', 0);
    throw error;
  });
  return {
    url: `http://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/default`,
    child,
    stop: async () => {
      await stopChild(child, 'SIGTERM', 10_000);
    },
  };
}

async function answering(child: ChildProcess, port: number, logFile: string): Promise<void> {
  let exited = false;
  void exitOf(child).then(() => (exited = true));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/ping`, { signal: AbortSignal.timeout(2_000) });
      if ((await response.text()) === 'Ok.\n' && !exited) return;
    } catch {
      // Not listening yet.
    }
    if (exited)
      throw new EngineError(
        `The ClickHouse engine did not start: ${lastWords(logFile) || 'no reason given'}`,
      );
    if (Date.now() > deadline) throw new EngineError(`The ClickHouse engine does not answer; see ${logFile}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
