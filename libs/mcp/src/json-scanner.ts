/**
 * One pass over the bytes of a JSON text that finds what `JSON.parse` hides: members whose names repeat within one
 * object (also when one of them is written with escapes), the depth, and where the parts of a JSON-RPC message lie,
 * so that they can be cut out, copied or replaced without serialising anything again.
 *
 * It does not check syntax: run `JSON.parse` as well, after it. On text that is not JSON it terminates and says
 * anything. State is reused between scans; read the ranges before the next one.
 */

/** Parts of a message whose place is remembered. Numbers index `ranges`. */
export const PART = {
  id: 1,
  method: 2,
  params: 3,
  result: 4,
  error: 5,
  jsonrpc: 6,
  'params.arguments': 7,
  'params.argument': 8,
  'params._meta': 9,
  'params.requestId': 10,
  'result.isError': 11,
  'result.tools': 12,
  'result.resources': 13,
  'result.resourceTemplates': 14,
  'result.prompts': 15,
  'error.code': 16,
  'params.name': 17,
} as const;
export type Part = keyof typeof PART;

const PARTS = Object.keys(PART).length;
const PARTS_BY_NAME = new Map<string, number>(Object.entries(PART));
const PARENT_PREFIX: readonly string[] = Object.entries(PART).reduce<string[]>((prefixes, [name, index]) => {
  prefixes[index] = `${name}.`;
  return prefixes;
}, []);
/** Longest last name of a part: longer keys are never looked up. */
const LONGEST_NAME = 17;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Bytes of a string walked one by one before a native search takes over. */
const WALK = 96;
/** Keys of one object compared pairwise; larger objects get a set. */
const PAIRWISE = 24;

export type ScanFinding = 'ok' | 'duplicate' | 'too_deep' | 'malformed';

export interface ScanLimits {
  readonly maxDepth: number;
  /** Objects nested deeper than this may repeat keys: 1 is the message itself. */
  readonly duplicatesTo: number;
}

const OBJECT = 1;
const ARRAY = 2;

export class JsonScanner {
  /** Where each part's value starts and ends: `[2 * part]`, `[2 * part + 1]`; -1 when absent. */
  readonly ranges = new Int32Array(2 * (PARTS + 1));
  /** Key that was found twice, when the finding is `duplicate`. */
  duplicateKey = '';

  private readonly containers: Uint8Array;
  /** Part whose value is being read, for each depth. */
  private readonly openParts: Uint8Array;
  /** First entry of each open object in `keys`. */
  private readonly keyBase: Int32Array;
  private readonly keySets: (Set<string> | undefined)[] = [];
  /** Keys of the open objects that have no set: hash, start, end. */
  private readonly keys: Int32Array;

  constructor(private readonly limits: ScanLimits) {
    this.containers = new Uint8Array(limits.maxDepth + 2);
    this.openParts = new Uint8Array(limits.maxDepth + 2);
    this.keyBase = new Int32Array(limits.maxDepth + 2);
    this.keys = new Int32Array(3 * PAIRWISE * (limits.maxDepth + 2));
  }

  has(part: number): boolean {
    return this.ranges[2 * part]! >= 0;
  }

  /** The bytes of a part's value, without surrounding blanks; undefined when absent. */
  slice(bytes: Buffer, part: number): Buffer | undefined {
    const start = this.ranges[2 * part]!;
    return start < 0 ? undefined : bytes.subarray(start, this.ranges[2 * part + 1]);
  }

  scan(bytes: Buffer): ScanFinding {
    const { ranges, containers, openParts, keyBase, keySets } = this;
    const { maxDepth, duplicatesTo } = this.limits;
    const length = bytes.length;
    ranges.fill(-1);
    keySets.length = 0;
    let depth = 0;
    let keyTop = 0;
    let expectKey = false;
    /** End of the last token, to leave blanks out of ranges. */
    let tokenEnd = 0;
    let index = 0;
    containers[0] = 0;
    openParts[0] = 0;

    while (index < length) {
      const byte = bytes[index]!;
      if (byte === QUOTE) {
        const start = index + 1;
        let end = start;
        let escaped = false;
        if (expectKey) {
          let hash = 0;
          for (;;) {
            const char = bytes[end];
            if (char === QUOTE) break;
            if (char === undefined) return 'malformed';
            if (char === BACKSLASH) {
              escaped = true;
              end += 2;
              continue;
            }
            hash = (Math.imul(hash, 31) + char) | 0;
            end += 1;
          }
          expectKey = false;
          if (depth <= duplicatesTo || depth <= 2) {
            const decoded = escaped ? decodeKey(bytes, start, end) : undefined;
            if (escaped && decoded === undefined) return 'malformed';
            if (decoded !== undefined) hash = hashText(decoded);
            if (depth <= duplicatesTo) {
              const stored = this.remember(bytes, depth, keyTop, hash, start, end, decoded);
              if (stored < 0) return 'duplicate';
              keyTop += stored;
            }
            if (depth <= 2 && end - start <= (decoded === undefined ? LONGEST_NAME : 6 * LONGEST_NAME)) {
              const parent = depth === 1 ? 0 : openParts[1]!;
              if (depth === 1 || (parent >= PART.params && parent <= PART.error)) {
                const name = decoded ?? bytes.toString('latin1', start, end);
                openParts[depth] = PARTS_BY_NAME.get(depth === 1 ? name : PARENT_PREFIX[parent]! + name) ?? 0;
              }
            }
          }
        } else {
          end = endOfString(bytes, start);
          if (end < 0) return 'malformed';
        }
        index = end + 1;
        tokenEnd = index;
        continue;
      }
      switch (byte) {
        case OPEN_BRACE:
        case OPEN_BRACKET:
          depth += 1;
          if (depth > maxDepth) return 'too_deep';
          containers[depth] = byte === OPEN_BRACE ? OBJECT : ARRAY;
          openParts[depth] = 0;
          keyBase[depth] = keyTop;
          expectKey = byte === OPEN_BRACE;
          tokenEnd = index + 1;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (depth === 0) return 'malformed';
          if (depth <= 2 && openParts[depth] !== 0) {
            ranges[2 * openParts[depth]! + 1] = tokenEnd;
            openParts[depth] = 0;
          }
          keyTop = keyBase[depth]!;
          if (keySets[depth] !== undefined) keySets[depth] = undefined;
          depth -= 1;
          expectKey = false;
          tokenEnd = index + 1;
          break;
        case COMMA:
          if (depth <= 2 && openParts[depth] !== 0) {
            ranges[2 * openParts[depth]! + 1] = tokenEnd;
            openParts[depth] = 0;
          }
          expectKey = containers[depth] === OBJECT;
          tokenEnd = index + 1;
          break;
        case COLON:
          if (depth <= 2 && openParts[depth] !== 0) {
            let start = index + 1;
            while (isBlank(bytes[start])) start += 1;
            ranges[2 * openParts[depth]!] = start;
            ranges[2 * openParts[depth]! + 1] = start;
          }
          tokenEnd = index + 1;
          break;
        case 0x20:
        case 0x0a:
        case 0x0d:
        case 0x09:
          break;
        default:
          tokenEnd = index + 1;
      }
      index += 1;
    }
    return depth === 0 ? 'ok' : 'malformed';
  }

  /** Remembers a key of the object at `depth`: -1 when it repeats, else how many entries of `keys` it took. */
  private remember(
    bytes: Buffer,
    depth: number,
    keyTop: number,
    hash: number,
    start: number,
    end: number,
    decoded: string | undefined,
  ): -1 | 0 | 1 {
    const { keys } = this;
    const base = this.keyBase[depth]!;
    const set = this.keySets[depth];
    if (set !== undefined || keyTop - base >= PAIRWISE) {
      const known = set ?? (this.keySets[depth] = this.keySet(bytes, base, keyTop));
      const text = decoded ?? bytes.toString('utf8', start, end);
      if (known.has(text)) {
        this.duplicateKey = text;
        return -1;
      }
      known.add(text);
      return 0;
    }
    for (let entry = 3 * base; entry < 3 * keyTop; entry += 3) {
      if (keys[entry] !== hash) continue;
      const otherStart = keys[entry + 1]!;
      const otherEnd = keys[entry + 2]!;
      const same =
        (decoded === undefined && sameBytes(bytes, start, end, otherStart, otherEnd)) ||
        (decoded ?? bytes.toString('utf8', start, end)) === keyText(bytes, otherStart, otherEnd);
      if (same) {
        this.duplicateKey = decoded ?? bytes.toString('utf8', start, end);
        return -1;
      }
    }
    keys[3 * keyTop] = hash;
    keys[3 * keyTop + 1] = start;
    keys[3 * keyTop + 2] = end;
    return 1;
  }

  private keySet(bytes: Buffer, base: number, keyTop: number): Set<string> {
    const set = new Set<string>();
    for (let entry = 3 * base; entry < 3 * keyTop; entry += 3) {
      set.add(keyText(bytes, this.keys[entry + 1]!, this.keys[entry + 2]!));
    }
    return set;
  }
}

/** Index of the quote that ends the string whose content starts at `start`; -1 when there is none. */
export function endOfString(bytes: Buffer, start: number): number {
  let index = start;
  let walked = 0;
  for (;;) {
    const byte = bytes[index];
    if (byte === QUOTE) return index;
    if (byte === undefined) return -1;
    if (byte === BACKSLASH) {
      index += 2;
      walked = 0;
      continue;
    }
    index += 1;
    walked += 1;
    if (walked < WALK) continue;
    const quote = bytes.indexOf(QUOTE, index);
    if (quote < 0) return -1;
    let slashes = 0;
    while (quote - 1 - slashes >= index && bytes[quote - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return quote;
    index = quote + 1;
    walked = 0;
  }
}

export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Decoded text of a key; undefined when its escapes are not JSON. */
function decodeKey(bytes: Buffer, start: number, end: number): string | undefined {
  try {
    return JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string;
  } catch {
    return undefined;
  }
}

function keyText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** The hash of the key's UTF-8 bytes, as the scan computes it on the way. */
function hashText(text: string): number {
  let hash = 0;
  for (const byte of Buffer.from(text, 'utf8')) hash = (Math.imul(hash, 31) + byte) | 0;
  return hash;
}

function sameBytes(bytes: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let offset = 0; offset < end - start; offset += 1) {
    if (bytes[start + offset] !== bytes[otherStart + offset]) return false;
  }
  return true;
}
