import { allTopics } from '@portcullis/contracts';
import type { EventLog } from '@portcullis/eventlog';
import { openEventLog } from '@portcullis/kafka';
import { buildService, ServiceProcess, startPostgres, throwawayFolder, until } from '@portcullis/testing';
import { ANOMALY_GROUP } from '../src/consumption/calls.consumer.js';
import { isCaughtUp } from './expected-findings.js';

const TOKEN = 'x'.repeat(32);

/** The service as it is shipped, one process at a time, on a database and a log that only it reads. */
export class AnomalyRig {
  #running: ServiceProcess | undefined;

  private constructor(
    readonly log: EventLog,
    private readonly socket: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly closeParts: () => Promise<void>,
  ) {}

  /** Without brokers the log is in Postgres. */
  static async open({ kafkaBrokers = [] }: { kafkaBrokers?: readonly string[] } = {}): Promise<AnomalyRig> {
    buildService('anomaly');
    const postgres = await startPostgres();
    const folder = await throwawayFolder('anomaly');
    const postgresUrl = await postgres.createDatabase();
    const log = openEventLog({ kafkaBrokers, postgresUrl, clientId: 'test' });
    await log.ensureTopics(allTopics());
    const socket = `${folder.path}/anomaly.sock`;
    const env = {
      PORTCULLIS_POSTGRES_URL: postgresUrl,
      PORTCULLIS_INTERNAL_TOKEN: TOKEN,
      PORTCULLIS_INTERNAL_LISTEN: `unix:${socket}`,
      PORTCULLIS_ANOMALY_SNAPSHOT_SECONDS: '1',
      ...(kafkaBrokers.length > 0 ? { PORTCULLIS_KAFKA_BROKERS: kafkaBrokers.join(',') } : {}),
    };
    return new AnomalyRig(log, socket, env, async () => {
      await log.close();
      await postgres.stop();
      await folder.remove();
    });
  }

  start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
    this.#running = ServiceProcess.start({
      entry: new URL('../dist/main.js', import.meta.url),
      socket: this.socket,
      token: TOKEN,
      env: { ...this.env, ...env },
    });
    return this.#running;
  }

  /** Ends what was started last, unless it has ended. */
  async kill(): Promise<void> {
    await this.#running?.stop('SIGKILL');
    this.#running = undefined;
  }

  async caughtUp(timeoutMs = 60_000): Promise<void> {
    await until(() => isCaughtUp(this.log, ANOMALY_GROUP), { timeoutMs, describe: 'everything to be read' });
  }

  close(): Promise<void> {
    return this.closeParts();
  }
}
