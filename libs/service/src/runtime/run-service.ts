import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { ConfigError, loadConfig, type ConfigOfAll, type ConfigSection } from '../config/config-section.js';
import { processConfig } from '../config/sections.js';
import { createMetrics } from '../health/health.handler.js';
import { HealthRegistry } from '../health/health-registry.js';
import { createLogger } from '../logging/logger.js';

export interface ServiceContext<Config> {
  readonly config: Config;
  readonly logger: Logger;
  readonly health: HealthRegistry;
  readonly metrics: Registry;
  /**
   * Runs at shutdown, last registered first. All of them together get 10 s; after that the process exits anyway.
   */
  readonly onShutdown: (name: string, stop: () => Promise<void>) => void;
}

const SHUTDOWN_LIMIT_MS = 10_000;

/**
 * The life of a service process: configuration, logger, start, signals, orderly stop.
 * Bad configuration is one line on standard error and exit code 78 (EX_CONFIG); a failed start is exit code 1.
 */
export async function runService<const Sections extends readonly ConfigSection[]>(
  service: { readonly name: string; readonly version: string; readonly config: Sections },
  start: (
    context: ServiceContext<ConfigOfAll<Sections> & ConfigOfAll<[typeof processConfig]>>,
  ) => Promise<void>,
): Promise<void> {
  let config: ConfigOfAll<Sections> & ConfigOfAll<[typeof processConfig]>;
  try {
    config = loadConfig([processConfig, ...service.config], process.env) as typeof config;
  } catch (error) {
    const line = error instanceof ConfigError ? error.message : String(error);
    process.stderr.write(`portcullis ${service.name}: ${line}\n`);
    process.exitCode = 78;
    return;
  }
  const logger = createLogger(service.name, (config as { logLevel: string }).logLevel);
  const health = new HealthRegistry(service.name, service.version);
  const stops: { name: string; stop: () => Promise<void> }[] = [];

  let stopping = false;
  const stop = async (cause: string, exitCode: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    health.stopping();
    logger.info({ cause }, 'stopping');
    const limit = setTimeout(() => {
      logger.error('shutdown took too long');
      process.exit(exitCode === 0 ? 1 : exitCode);
    }, SHUTDOWN_LIMIT_MS);
    for (const { name, stop: stopOne } of stops.reverse()) {
      try {
        await stopOne();
      } catch (error) {
        logger.error({ err: error, part: name }, 'a part did not stop cleanly');
      }
    }
    clearTimeout(limit);
    process.exit(exitCode);
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  // A bug must not leave a half-working service behind: stop, and let the supervisor start a fresh one.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught exception');
    void stop('uncaughtException', 1);
  });
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection');
    void stop('unhandledRejection', 1);
  });

  try {
    await start({
      config,
      logger,
      health,
      metrics: createMetrics(service.name),
      onShutdown: (name, stopOne) => stops.push({ name, stop: stopOne }),
    });
    health.started();
    logger.info('ready');
  } catch (error) {
    logger.fatal({ err: error }, 'start failed');
    process.stderr.write(
      `portcullis ${service.name}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    await stop('start failed', 1);
  }
}
