/** The ClickHouse engine as a process of its own: one data folder, one loopback port. */
import { mkdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

import { ClickHouseEngine } from './clickhouse/clickhouse-engine.js';
import { clickHouseServer } from './clickhouse/clickhouse-server.js';

const LOOPBACK = '127.0.0.1';
const MIB = 1024 * 1024;

function setting(name: string): string {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is not set`);
    process.exit(2);
  }
  return value;
}

const dir = setting('CLICKHOUSE_ENGINE_DIR');
const port = Number(setting('CLICKHOUSE_ENGINE_PORT'));
const user = setting('CLICKHOUSE_ENGINE_USER');
const password = setting('CLICKHOUSE_ENGINE_PASSWORD');

mkdirSync(dir, { recursive: true, mode: 0o700 });
const engine = open();
const server = clickHouseServer(engine, { user, password, maxBodyBytes: 256 * MIB });
server.on('error', (error) => {
  console.error(`ClickHouse engine: ${error.message}`);
  process.exit(1);
});
server.listen(port, LOOPBACK);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);

function open(): ClickHouseEngine {
  try {
    return new ClickHouseEngine(dir, {
      readers: Math.max(4, availableParallelism()),
      maxWaiting: 500,
      maxExecutionSeconds: 300,
      maxQueryMemoryBytes: Math.floor(totalmem() / 3),
      maxBufferedResultBytes: 256 * MIB,
    });
  } catch (error) {
    console.error(
      `ClickHouse engine: cannot open ${dir}: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exit(1);
  }
}

function stop(): void {
  server.close();
  server.closeIdleConnections();
  void engine.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
