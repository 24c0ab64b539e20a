import 'reflect-metadata';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { ProblemFilter } from '../errors/problem.filter.js';
import { NestLogger } from '../logging/logger.js';

export interface HttpAppOptions {
  readonly logger: Logger;
  /** Bytes; larger bodies are refused with 413. */
  readonly bodyLimit: number;
  /** Addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
  /**
   * Gets the framework's request listener and gives back the server it is mounted on. Lets a service put its hot path,
   * or a listener of its own, in front of the framework.
   */
  readonly mount?: (listener: RequestListener) => Server;
  /** Last touches before the application is initialized: guards, prefixes, plugins. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

/** A Nest application on Fastify with problem documents as errors: initialized, routable, not listening yet. */
export async function createHttpApp(
  module: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimit,
    trustProxy:
      options.trustedProxies && options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    routerOptions: { maxParamLength: 512 },
    // Fastify's own handler writes to its own body; ours is the problem filter.
    logger: false,
    serverFactory: (handler: RequestListener) => {
      return options.mount
        ? options.mount(handler)
        : createServer({ keepAlive: true, noDelay: true }, handler);
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(options.logger),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(options.logger));
  await options.configure?.(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
