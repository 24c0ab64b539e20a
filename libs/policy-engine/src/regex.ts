import { RE2JS, RE2Set } from 're2js';
import { POLICY_BOUNDS } from './policy-bounds.js';

export interface Regex {
  /** Upper bound of steps for each character of the subject. */
  stepsPerCharacter: number;
  /** Whether the expression matches anywhere in the subject. */
  test(subject: string): boolean;
}

/** What the automaton of one expression may keep between matches; past it, matching goes on without a cache. */
const AUTOMATON_BYTES = 256 * 1024;

/** Compiles RE2 syntax: linear in the subject, no backreferences or lookaround. Throws an Error that says why not. */
export function compileRegex(pattern: string): Regex {
  if (pattern.length > POLICY_BOUNDS.regexCharacters) {
    throw new Error(`the expression is longer than ${POLICY_BOUNDS.regexCharacters} characters`);
  }
  const instructions = RE2JS.compile(pattern).programSize();
  if (instructions > POLICY_BOUNDS.regexInstructions)
    throw new Error('the expression is too large once its repetitions are written out');
  // A set of one, because only a set takes a bound for the memory of its automaton (a plain expression takes 8 MB).
  const set = new RE2Set(RE2Set.UNANCHORED, 0, AUTOMATON_BYTES);
  set.add(pattern);
  set.compile();
  return { stepsPerCharacter: instructions, test: (subject) => set.match(subject).length > 0 };
}
