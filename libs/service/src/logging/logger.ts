import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

/** Paths that may hold a secret whatever an author logs by mistake. */
const REDACTED = [
  'authorization',
  'cookie',
  'credential',
  'password',
  'secret',
  'token',
  'apiKey',
  'arguments',
  '*.authorization',
  '*.cookie',
  '*.credential',
  '*.password',
  '*.secret',
  '*.token',
  '*.apiKey',
  '*.arguments',
  'headers.authorization',
  'req.headers.authorization',
  'req.headers.cookie',
];

/** JSON lines on standard output, one logger a process. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    name: service,
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
  });
}

/** Nest's own messages through the service's logger; its start-up chatter is debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.logger.error({ context, stack }, String(message));
  }
  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }
  debug(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }
}
