import { endOfString, isBlank } from './json-scanner.js';

/**
 * Edits of JSON text that touch nothing but the place they name: everything else stays byte for byte. All of them
 * expect text that `JSON.parse` has accepted.
 */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export function replaceRange(
  bytes: Buffer,
  start: number,
  end: number,
  replacement: Buffer | string,
): Buffer {
  const middle = typeof replacement === 'string' ? Buffer.from(replacement) : replacement;
  const edited = Buffer.allocUnsafe(bytes.length - (end - start) + middle.length);
  bytes.copy(edited, 0, 0, start);
  middle.copy(edited, start);
  bytes.copy(edited, start + middle.length, end);
  return edited;
}

/** Where each element of the array at `start` lies, without surrounding blanks. */
export function elementRanges(bytes: Buffer, start: number): ByteRange[] {
  const ranges: ByteRange[] = [];
  let index = skipBlanks(bytes, start + 1);
  while (index < bytes.length && bytes[index] !== CLOSE_BRACKET) {
    const end = endOfValue(bytes, index);
    ranges.push({ start: index, end });
    index = skipBlanks(bytes, end);
    if (bytes[index] === COMMA) index = skipBlanks(bytes, index + 1);
  }
  return ranges;
}

/** The array at `start` without the elements `keep` names false; all other bytes as they were. */
export function keepElements(bytes: Buffer, start: number, keep: readonly boolean[]): Buffer {
  const elements = elementRanges(bytes, start);
  const pieces: Buffer[] = [bytes.subarray(0, start + 1)];
  let first = true;
  elements.forEach((element, place) => {
    if (keep[place] !== true) return;
    if (!first) pieces.push(COMMA_BYTES);
    first = false;
    pieces.push(bytes.subarray(element.start, element.end));
  });
  const last = elements.at(-1);
  pieces.push(bytes.subarray(last === undefined ? start + 1 : skipBlanks(bytes, last.end)));
  return Buffer.concat(pieces);
}

/**
 * The object at `start` with member `key` set to `value`: replaced where the object has it, else put first. `key`
 * must need no escapes.
 */
export function setMember(bytes: Buffer, start: number, key: string, value: string): Buffer {
  let index = skipBlanks(bytes, start + 1);
  const empty = bytes[index] === CLOSE_BRACE;
  while (index < bytes.length && bytes[index] !== CLOSE_BRACE) {
    const keyEnd = endOfString(bytes, index + 1);
    const name = JSON.parse(bytes.toString('utf8', index, keyEnd + 1)) as string;
    const valueStart = skipBlanks(bytes, skipBlanks(bytes, keyEnd + 1) + 1);
    const valueEnd = endOfValue(bytes, valueStart);
    if (name === key) return replaceRange(bytes, valueStart, valueEnd, value);
    index = skipBlanks(bytes, valueEnd);
    if (bytes[index] === COMMA) index = skipBlanks(bytes, index + 1);
  }
  return replaceRange(bytes, start + 1, start + 1, `"${key}":${value}${empty ? '' : ','}`);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA_BYTES = Buffer.from(',');

function skipBlanks(bytes: Buffer, start: number): number {
  let index = start;
  while (isBlank(bytes[index])) index += 1;
  return index;
}

function endOfValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return endOfString(bytes, start + 1) + 1;
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    let index = start;
    while (index < bytes.length && !endsScalar(bytes[index]!)) index += 1;
    return index;
  }
  let depth = 0;
  for (let index = start; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index + 1);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return bytes.length;
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isBlank(byte);
}
