import { parseGlob, type CodePoints, type GlobToken } from './glob-parser.js';

export interface Glob {
  readonly pattern: string;
  /** Matches everything. */
  readonly matchesAll: boolean;
  /** The names it stands for when it has no wildcards (`a`, `{a,b}`), else null. */
  readonly literals: readonly string[] | null;
  /** What a text starts with (ends with) one of when it matches; null when nothing can be said. */
  readonly starts: readonly string[] | null;
  readonly ends: readonly string[] | null;
  /** Upper bound of steps for each character of the subject. */
  readonly stepsPerCharacter: number;
  test(subject: string): boolean;
}

interface Matcher {
  steps: number;
  test(subject: string): boolean;
}

/** Compiles a glob to matchers that read the subject once, without backtracking. Throws GlobSyntaxError. */
export function compileGlob(pattern: string): Glob {
  const { negated, alternatives } = parseGlob(pattern);
  const literals = alternatives.map(literalOf);
  const matchers = alternatives.map(matcherOf);
  const matchesAll =
    !negated && alternatives.some((tokens) => tokens.length > 0 && tokens.every((token) => token === null));
  const only = matchers.length === 1 ? matchers[0]! : null;
  const matches = only
    ? (subject: string) => only.test(subject)
    : (subject: string) => {
        for (const matcher of matchers) if (matcher.test(subject)) return true;
        return false;
      };
  return {
    pattern,
    matchesAll,
    literals: !negated && literals.every((literal) => literal !== null) ? [...new Set(literals)] : null,
    starts: negated ? null : affixes(alternatives.map((tokens) => literalRun(tokens))),
    ends: negated ? null : affixes(alternatives.map((tokens) => literalRun([...tokens].reverse(), true))),
    stepsPerCharacter: matchers.reduce((sum, matcher) => sum + matcher.steps, 0),
    test: matchesAll ? () => true : negated ? (subject) => !matches(subject) : matches,
  };
}

function affixes(runs: string[]): string[] | null {
  return runs.every((run) => run !== '') ? [...new Set(runs)] : null;
}

/** The text the tokens begin with, up to the first that stands for more than one character. */
function literalRun(tokens: GlobToken[], reversed = false): string {
  let run = '';
  for (const token of tokens) {
    if (token === null || token.length !== 1 || token[0]![0] !== token[0]![1]) break;
    const character = String.fromCodePoint(token[0]![0]);
    run = reversed ? character + run : run + character;
  }
  return run;
}

function literalOf(tokens: GlobToken[]): string | null {
  let literal = '';
  for (const token of tokens) {
    if (token === null || token.length !== 1 || token[0]![0] !== token[0]![1]) return null;
    literal += String.fromCodePoint(token[0]![0]);
  }
  return literal;
}

const LONGEST_SEGMENT = 32;

/** Text and stars are string searches; everything else is an automaton. */
function matcherOf(tokens: GlobToken[]): Matcher {
  const segments = splitAtStars(tokens).map(literalOf);
  const texts = segments.filter((segment) => segment !== null);
  if (texts.length === segments.length) {
    if (texts.length === 1) return { steps: 1, test: (subject) => subject === texts[0] };
    // Searching text costs its length for each character at worst, so long ones are left to the automaton.
    if (texts.slice(1, -1).every((text) => text.length <= LONGEST_SEGMENT)) return textMatcher(texts);
  }
  const automaton = automatonOf(tokens);
  const prefix = segments[0] ?? '';
  const suffix = (segments.length > 1 && segments.at(-1)) || '';
  return {
    steps: automaton.steps,
    test: (subject) => subject.startsWith(prefix) && subject.endsWith(suffix) && automaton.test(subject),
  };
}

/** Stars at both ends of every inner text: the leftmost place of each is always a right one, so nothing is retried. */
function textMatcher(texts: string[]): Matcher {
  const prefix = texts[0]!;
  const suffix = texts.at(-1)!;
  const inner = texts.slice(1, -1).filter((text) => text !== '');
  const shortest = texts.reduce((sum, text) => sum + text.length, 0);
  return {
    steps: 1,
    test: (subject) => {
      if (subject.length < shortest || !subject.startsWith(prefix) || !subject.endsWith(suffix)) return false;
      let from = prefix.length;
      for (let at = 0; at < inner.length; at++) {
        const found = subject.indexOf(inner[at]!, from);
        if (found === -1) return false;
        from = found + inner[at]!.length;
      }
      return from <= subject.length - suffix.length;
    },
  };
}

function splitAtStars(tokens: GlobToken[]): GlobToken[][] {
  const segments: GlobToken[][] = [[]];
  for (const token of tokens) {
    if (token === null) segments.push([]);
    else segments.at(-1)!.push(token);
  }
  return segments;
}

/**
 * The pattern as a bit-parallel automaton: bit i of the state says that the first i characters of the pattern have
 * been read. A star keeps its bit set, a character shifts it on. One word holds 32 states, so a subject costs its
 * length times the number of words, whatever it contains.
 */
function automatonOf(tokens: GlobToken[]): Matcher {
  const sets = tokens.filter((token): token is CodePoints => token !== null);
  const words = Math.ceil((sets.length + 1) / 32);
  const stars = new Int32Array(words);
  let position = 0;
  for (const token of tokens) {
    if (token === null) stars[position >> 5]! |= 1 << (position & 31);
    else position++;
  }
  const starts = [
    ...new Set([0, ...sets.flatMap((set) => set.flatMap(([low, high]) => [low, high + 1]))]),
  ].sort((a, b) => a - b);
  const masks = new Int32Array(starts.length * words);
  sets.forEach((set, index) => {
    starts.forEach((start, classIndex) => {
      if (set.some(([low, high]) => start >= low && start <= high)) {
        masks[classIndex * words + (index >> 5)]! |= 1 << (index & 31);
      }
    });
  });
  const ascii = Uint16Array.from({ length: 128 }, (_, codePoint) => classOf(starts, codePoint));
  const lastWord = sets.length >> 5;
  const lastBit = 1 << (sets.length & 31);

  const testOneWord = (subject: string): boolean => {
    let state = 1;
    for (let at = 0; at < subject.length; at++) {
      const codePoint = subject.codePointAt(at)!;
      if (codePoint > 0xffff) at++;
      const mask = masks[codePoint < 128 ? ascii[codePoint]! : classOf(starts, codePoint)]!;
      state = ((state & mask) << 1) | (state & stars[0]!);
      if (state === 0) return false;
    }
    return (state & lastBit) !== 0;
  };

  const testManyWords = (subject: string): boolean => {
    const state = new Int32Array(words);
    state[0] = 1;
    for (let at = 0; at < subject.length; at++) {
      const codePoint = subject.codePointAt(at)!;
      if (codePoint > 0xffff) at++;
      const row = (codePoint < 128 ? ascii[codePoint]! : classOf(starts, codePoint)) * words;
      let carry = 0;
      let alive = 0;
      for (let word = 0; word < words; word++) {
        const advancing = state[word]! & masks[row + word]!;
        state[word] = (advancing << 1) | carry | (state[word]! & stars[word]!);
        carry = advancing >>> 31;
        alive |= state[word]!;
      }
      if (alive === 0) return false;
    }
    return (state[lastWord]! & lastBit) !== 0;
  };

  return { steps: words, test: words === 1 ? testOneWord : testManyWords };
}

/** Index of the last class that starts at or before the code point. */
function classOf(starts: number[], codePoint: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= codePoint) low = middle;
    else high = middle - 1;
  }
  return low;
}
