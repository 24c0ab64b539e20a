import { ClickHouseError as ServerError } from '@clickhouse/client';

/**
 * What a caller can do about a failure.
 *
 * - `transient`: the same request may succeed later: connection, time, memory, too many parts, a lock, a full disk.
 * - `data`: these rows can never be stored as they are; others of the batch may.
 * - `unknown`: everything else, wrong SQL and missing rights among it. Not safe to take for either.
 */
export type FailureKind = 'transient' | 'data' | 'unknown';

export type ClickHouseErrorCode =
  | 'clickhouse.connection'
  | 'clickhouse.timeout'
  | 'clickhouse.memory'
  | 'clickhouse.too_many_parts'
  | 'clickhouse.busy'
  | 'clickhouse.disk'
  | 'clickhouse.cancelled'
  | 'clickhouse.data'
  | 'clickhouse.too_large'
  | 'clickhouse.access'
  | 'clickhouse.query'
  | 'clickhouse.unknown';

interface Failure {
  readonly kind: FailureKind;
  readonly code: ClickHouseErrorCode;
}

/** A failure with a face that holds neither SQL nor values; what the driver said is in `cause`, for the log alone. */
export class ClickHouseError extends Error {
  readonly code: ClickHouseErrorCode;
  readonly kind: FailureKind;
  /** The server's own number, such as 241; undefined when the server never answered. */
  readonly serverCode: number | undefined;

  constructor(failure: Failure, options: { cause?: unknown; serverCode?: number; detail?: string } = {}) {
    super(`${failure.code}: ${options.detail ?? MESSAGES[failure.code]}`, { cause: options.cause });
    this.name = 'ClickHouseError';
    this.code = failure.code;
    this.kind = failure.kind;
    this.serverCode = options.serverCode;
  }
}

const MESSAGES: Record<ClickHouseErrorCode, string> = {
  'clickhouse.connection': 'The audit store cannot be reached.',
  'clickhouse.timeout': 'The query took too long.',
  'clickhouse.memory': 'The query needs more memory than it may use.',
  'clickhouse.too_many_parts': 'The audit store is behind with merging.',
  'clickhouse.busy': 'The audit store is busy.',
  'clickhouse.disk': 'The audit store has no space left.',
  'clickhouse.cancelled': 'The query was cancelled.',
  'clickhouse.data': 'The rows do not fit the table.',
  'clickhouse.too_large': 'The request or its answer is over a limit.',
  'clickhouse.access': 'The audit store refused the credentials or lacks a right.',
  'clickhouse.query': 'The query is not valid.',
  'clickhouse.unknown': 'The audit store failed.',
};

const transient = (code: ClickHouseErrorCode): Failure => ({ kind: 'transient', code });
const unknown = (code: ClickHouseErrorCode): Failure => ({ kind: 'unknown', code });
const DATA: Failure = { kind: 'data', code: 'clickhouse.data' };

/** The server's error numbers that have a meaning here (ClickHouse, `src/Common/ErrorCodes.cpp`). */
const BY_SERVER_CODE = new Map<number, Failure>([
  ...[159, 160, 209].map((code) => [code, transient('clickhouse.timeout')] as const),
  ...[173, 241].map((code) => [code, transient('clickhouse.memory')] as const),
  ...[202, 203, 236, 242, 285, 319, 364, 425, 439, 473].map(
    (code) => [code, transient('clickhouse.busy')] as const,
  ),
  ...[198, 210, 225, 279, 999].map((code) => [code, transient('clickhouse.connection')] as const),
  ...[243].map((code) => [code, transient('clickhouse.disk')] as const),
  [252, transient('clickhouse.too_many_parts')],
  [394, transient('clickhouse.cancelled')],
  ...[158, 307, 396].map((code) => [code, unknown('clickhouse.too_large')] as const),
  ...[164, 192, 193, 194, 497, 516].map((code) => [code, unknown('clickhouse.access')] as const),
  ...[16, 36, 42, 43, 46, 47, 60, 62, 81, 184, 215, 386, 395, 427, 456, 457].map(
    (code) => [code, unknown('clickhouse.query')] as const,
  ),
  ...[
    6, 25, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 128, 130, 131, 349, 376, 407, 441, 467, 675, 676, 691,
  ].map((code) => [code, DATA] as const),
]);

const CONNECTION = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH',
  'ENETDOWN', 'ETIMEDOUT', 'ENOENT', 'EADDRNOTAVAIL', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET',
]); // prettier-ignore

/** Whatever the driver threw, as a `ClickHouseError`; one of ours passes through. */
export function clickHouseErrorOf(error: unknown, signal?: AbortSignal): ClickHouseError {
  if (error instanceof ClickHouseError) return error;
  if (signal?.aborted) {
    const timedOut = (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
    return new ClickHouseError(transient(timedOut ? 'clickhouse.timeout' : 'clickhouse.cancelled'), {
      cause: error,
    });
  }
  if (error instanceof ServerError) {
    const serverCode = Number(error.code);
    return new ClickHouseError(failureOf(error, serverCode), { cause: error, serverCode });
  }
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  const message = error instanceof Error ? error.message : '';
  if (CONNECTION.has(code) || /socket hang up|aborted|premature close|network/i.test(message)) {
    return new ClickHouseError(transient('clickhouse.connection'), { cause: error });
  }
  if (/timeout/i.test(message)) return new ClickHouseError(transient('clickhouse.timeout'), { cause: error });
  return new ClickHouseError(unknown('clickhouse.unknown'), { cause: error });
}

function failureOf(error: ServerError, serverCode: number): Failure {
  // 252 has two meanings: behind with merging (wait), and one insert over too many table partitions (split it).
  if (serverCode === 252 && /partitions for single INSERT block/i.test(error.message)) return DATA;
  // A column the table lacks: the schema is behind, and no row is to blame for that.
  if (serverCode === 117 && /unknown field/i.test(error.message)) return unknown('clickhouse.query');
  return BY_SERVER_CODE.get(serverCode) ?? unknown('clickhouse.unknown');
}
