import { POLICY_BOUNDS } from './policy-bounds.js';

/** Inclusive ranges of code points, sorted and disjoint. */
export type CodePoints = readonly (readonly [number, number])[];
/** `null` is `*`; otherwise one character out of a set. */
export type GlobToken = CodePoints | null;

export interface ParsedGlob {
  negated: boolean;
  /** One sequence of tokens for each way through the braces. */
  alternatives: GlobToken[][];
}

export class GlobSyntaxError extends Error {
  override name = 'GlobSyntaxError';
}

const LAST_CODE_POINT = 0x10ffff;
const ANY: CodePoints = [[0, LAST_CODE_POINT]];

/**
 * `*` any run of characters, `/` included; `?` one character; `[a-z]`, `[!a]`; `{a,b}`, nesting bounded; a leading
 * `!` negates the whole. There is no escape character: `[*]` is a literal star and `{!}x` a literal leading `!`.
 * What could be meant in two ways (a backslash, an unpaired bracket) is refused.
 */
export function parseGlob(pattern: string): ParsedGlob {
  if (pattern.length > POLICY_BOUNDS.globCharacters) {
    throw new GlobSyntaxError(`a glob has at most ${POLICY_BOUNDS.globCharacters} characters`);
  }
  const negated = pattern.startsWith('!');
  const characters = [...(negated ? pattern.slice(1) : pattern)];
  if (characters.length === 0) throw new GlobSyntaxError('the glob is empty');
  if (negated && characters[0] === '!') throw new GlobSyntaxError('only one leading ! is allowed');
  const reader = { characters, at: 0 };
  return { negated, alternatives: readAlternatives(reader, 0)[0]! };
}

interface Reader {
  characters: string[];
  at: number;
}

/** Reads up to the end, or inside braces up to `}`, and returns what each comma separates, expanded. */
function readAlternatives(reader: Reader, nesting: number): GlobToken[][][] {
  const branches: GlobToken[][][] = [];
  let current: GlobToken[][] = [[]];
  for (;;) {
    const character = reader.characters[reader.at++];
    if (character === undefined) {
      if (nesting > 0) throw new GlobSyntaxError('a { is not closed');
      return [current];
    }
    switch (character) {
      case '*':
        current = join(current, [[null]]);
        break;
      case '?':
        current = join(current, [[ANY]]);
        break;
      case '[':
        current = join(current, [[readClass(reader)]]);
        break;
      case '{':
        if (nesting >= POLICY_BOUNDS.globNesting) throw new GlobSyntaxError('braces are nested too deep');
        current = join(current, readAlternatives(reader, nesting + 1).flat());
        break;
      case '}':
        if (nesting === 0) throw new GlobSyntaxError('a } has no {; write [}] for the character');
        return [...branches, current];
      case ']':
        throw new GlobSyntaxError('a ] has no [; write []] for the character');
      case '\\':
        throw new GlobSyntaxError(
          'a backslash escapes nothing; write [\\] for the character, [*] for a star',
        );
      default:
        if (character === ',' && nesting > 0) {
          branches.push(current);
          current = [[]];
        } else {
          current = join(current, [[single(character)]]);
        }
    }
  }
}

function join(heads: GlobToken[][], tails: GlobToken[][]): GlobToken[][] {
  const alternatives = heads.length * tails.length;
  const tokens = tokensOf(heads) * tails.length + tokensOf(tails) * heads.length;
  if (alternatives > POLICY_BOUNDS.globAlternatives || tokens > POLICY_BOUNDS.globTokens) {
    throw new GlobSyntaxError('the braces expand to too many patterns');
  }
  return heads.flatMap((head) => tails.map((tail) => [...head, ...tail]));
}

function tokensOf(alternatives: GlobToken[][]): number {
  return alternatives.reduce((sum, alternative) => sum + alternative.length, 0);
}

function readClass(reader: Reader): CodePoints {
  const { characters } = reader;
  if (characters[reader.at] === '^') throw new GlobSyntaxError('a class is negated with [!...], not [^...]');
  const negated = characters[reader.at] === '!';
  if (negated) reader.at++;
  const ranges: [number, number][] = [];
  for (let first = true; ; first = false) {
    const character = characters[reader.at++];
    if (character === undefined) throw new GlobSyntaxError('a [ is not closed');
    if (character === ']' && !first) break;
    const low = character.codePointAt(0)!;
    let high = low;
    if (
      characters[reader.at] === '-' &&
      characters[reader.at + 1] !== ']' &&
      characters[reader.at + 1] !== undefined
    ) {
      high = characters[reader.at + 1]!.codePointAt(0)!;
      reader.at += 2;
    }
    if (high < low)
      throw new GlobSyntaxError(`the range ${character}-${String.fromCodePoint(high)} is reversed`);
    ranges.push([low, high]);
  }
  const merged = merge(ranges);
  return negated ? complement(merged) : merged;
}

function single(character: string): CodePoints {
  const codePoint = character.codePointAt(0)!;
  return [[codePoint, codePoint]];
}

function merge(ranges: [number, number][]): CodePoints {
  const merged: [number, number][] = [];
  for (const [low, high] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

function complement(ranges: CodePoints): CodePoints {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [low, high] of ranges) {
    if (low > next) gaps.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= LAST_CODE_POINT) gaps.push([next, LAST_CODE_POINT]);
  return gaps;
}
