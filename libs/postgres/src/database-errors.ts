import { QueryRunnerAlreadyReleasedError } from 'typeorm';

/** Postgres cannot be asked right now. Whether a write that was under way took effect is not known. Retriable. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  readonly code = 'postgres.unavailable';

  constructor(cause: unknown) {
    super('Postgres is unavailable.', { cause });
  }
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EAI_AGAIN',
]);
/** Admin shutdown, crash shutdown, starting up, database dropped, too many connections, read-only after a failover. */
const SERVER_STATES = new Set(['57P01', '57P02', '57P03', '57P04', '53300', '25006', '25P03', '57P05']);
const DRIVER_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Client was closed|not queryable/;

export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

export function isUnavailable(error: unknown): boolean {
  // TypeORM gives a runner back by itself when it hears of the broken connection before the next statement does.
  if (error instanceof DatabaseUnavailable || error instanceof QueryRunnerAlreadyReleasedError) return true;
  const code = sqlState(error);
  if (code !== undefined && (NETWORK_CODES.has(code) || SERVER_STATES.has(code) || code.startsWith('08')))
    return true;
  return error instanceof Error && DRIVER_MESSAGES.test(error.message);
}

/** Serialization failure or deadlock: the transaction did nothing and may simply run again. */
export function isTransient(error: unknown): boolean {
  const code = sqlState(error);
  return code === '40001' || code === '40P01';
}

/** The unique constraint or index a write ran into, if that is why it failed. */
export function violatedUnique(error: unknown): string | undefined {
  if (sqlState(error) !== '23505') return undefined;
  return (error as { constraint?: string }).constraint;
}

/** Lock and statement time limits: somebody holds what this needed. */
const TOO_LONG = new Set(['55P03', '57014']);
/** Text Postgres cannot hold: no name or id has a NUL in it. */
const UNTEXT = new Set(['22021', '22P05']);

/** What an error of the database means for whoever asked; undefined when it is none, or a defect of ours. */
export function failureOf(error: unknown): 'unavailable' | 'unstorable' | undefined {
  const state = sqlState(error) ?? '';
  if (isUnavailable(error) || TOO_LONG.has(state)) return 'unavailable';
  return UNTEXT.has(state) ? 'unstorable' : undefined;
}
