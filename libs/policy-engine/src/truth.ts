/**
 * Truth of a condition. MISSING: it hinges on an attribute that is absent, or of a type the operator is not for.
 * UNDECIDABLE: it hinges on a value that was not handed over or costs too much to look at.
 *
 * Kleene's logic: what is present decides where it can (`false AND missing` is false, `true OR missing` is true),
 * `not` leaves MISSING and UNDECIDABLE as they are, and only TRUE is a match. So leaving an attribute out never yields
 * a match that some value of it would not yield too. The numbers make `max` the rule for what is left.
 */
export const FALSE = 0;
export const TRUE = 1;
export const MISSING = 2;
export const UNDECIDABLE = 3;
export type Truth = typeof FALSE | typeof TRUE | typeof MISSING | typeof UNDECIDABLE;
