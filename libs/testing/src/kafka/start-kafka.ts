import { execFile, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ENGINE_STOP_ORDER, exitOf, freePort, spawnKept, stopChild } from '@portcullis/embedded';

import { throwawayFolder } from '../throwaway-folder.js';
import { until } from '../until.js';
import { kafkaClassPath } from './kafka-class-path.js';

const run = promisify(execFile);
const READY_TIMEOUT_MS = 60_000;
const HEAP = ['-Xmx512m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

export interface TestKafka {
  brokers: string[];
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  /** Starts again on the same data and port. */
  restart(): Promise<void>;
}

/**
 * A real Kafka 4.3: one node, broker and controller (KRaft), on free loopback ports. Throws `KafkaUnavailable` where
 * there is no Java or its jars cannot be fetched.
 */
export async function startKafka(): Promise<TestKafka> {
  const classPath = await kafkaClassPath();
  const folder = await throwawayFolder('kafka');
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder.path, 'server.properties');
  await writeFile(properties, serverProperties(join(folder.path, 'data'), port, controllerPort));
  const clusterId = newClusterId();
  await run('java', [
    ...HEAP,
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    properties,
  ]);

  const logFile = join(folder.path, 'kafka.log');
  let child = await startBroker(classPath, properties, logFile, port);
  return {
    brokers: [`127.0.0.1:${port}`],
    stop: async () => {
      await stopChild(child, 'SIGKILL', 0);
      await folder.remove();
    },
    kill: async () => {
      await stopChild(child, 'SIGKILL', 0);
    },
    restart: async () => {
      await stopChild(child, 'SIGTERM', 10_000);
      child = await startBroker(classPath, properties, logFile, port);
    },
  };
}

/** A random UUID as Kafka writes it. One that began with a dash would be an option to its tools. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes[0]! &= 0x7f;
  return bytes.toString('base64url');
}

async function startBroker(
  classPath: string,
  properties: string,
  logFile: string,
  port: number,
): Promise<ChildProcess> {
  const log = openSync(logFile, 'a');
  const child = spawnKept('java', [...HEAP, '-cp', classPath, 'kafka.Kafka', properties], {
    stdio: ['ignore', log, log],
    order: ENGINE_STOP_ORDER,
    stopSignal: 'SIGKILL',
    graceMs: 1_000,
  });
  closeSync(log);
  let exited = false;
  void exitOf(child).then(() => (exited = true));
  const ready = until(async () => exited || (await accepts(port)), {
    timeoutMs: READY_TIMEOUT_MS,
    intervalMs: 50,
    describe: 'Kafka to listen',
  });
  await ready.catch(async (error: unknown) => {
    await stopChild(child, 'SIGKILL', 0);
    throw error;
  });
  if (exited) throw new Error(`Kafka did not start:\n${(await readFile(logFile, 'utf8')).slice(-2_000)}`);
  return child;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function serverProperties(dataDir: string, port: number, controllerPort: number): string {
  const properties: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 3,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed is let in again when its former session is over: 9 s, were it not for this.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
