import { createHash } from 'node:crypto';

/** Text columns hold at most this many UTF-16 units; what is cut is named in `attrs['audit.cut']`. */
export const TEXT_LIMIT = 1024;

export const ATTRS_LIMIT = { entries: 100, key: 256, value: 1024, depth: 16 } as const;

/** An unsigned integer column: fractions, negative and unsafe numbers would be refused or wrap around. */
export function unsigned(value: number, max: number = Number.MAX_SAFE_INTEGER): number {
  return Number.isFinite(value) ? Math.min(Math.max(0, Math.trunc(value)), max) : 0;
}

export function finite(value: number): number {
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id itself when it is a UUID, else one made of its hash: the same id always gives the same row. */
export function uuidOf(id: string): string {
  if (UUID.test(id)) return id.toLowerCase();
  const hex = createHash('sha256').update(id).digest('hex');
  // Version 8: made up by a rule of one's own (RFC 9562).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const EARLIEST = Date.UTC(2020, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** Milliseconds of an RFC 3339 time; undefined when it is none, or one no gateway can have meant. */
export function timeOf(text: string): number | undefined {
  if (!TIME.test(text)) return undefined;
  const ms = Date.parse(text);
  return ms >= EARLIEST && ms < LATEST ? ms : undefined;
}

/** `2026-01-02 03:04:05.678`, UTC: read the same under every setting of the server. */
export function columnTime(ms: number): string {
  const text = new Date(ms).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`;
}

/**
 * The leaves of a JSON value by dotted path, bounded in number, depth and size. What does not fit is left out: the
 * whole is in `raw`.
 */
export function leavesOf(value: unknown): Record<string, string> {
  const leaves = Object.create(null) as Record<string, string>;
  let left: number = ATTRS_LIMIT.entries;
  const visit = (path: string, node: unknown, depth: number): void => {
    if (left <= 0 || node === null || node === undefined || path.length > ATTRS_LIMIT.key) return;
    if (typeof node === 'object') {
      if (depth >= ATTRS_LIMIT.depth) return;
      for (const [key, item] of Object.entries(node)) {
        if (left <= 0) return;
        visit(path === '' ? key : `${path}.${key}`, item, depth + 1);
      }
      return;
    }
    left -= 1;
    leaves[path === '' ? 'value' : path] = String(node).slice(0, ATTRS_LIMIT.value);
  };
  visit('', value, 0);
  return leaves;
}
