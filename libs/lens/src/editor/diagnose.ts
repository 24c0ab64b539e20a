import { compile } from '../compile/compile.js';
import type { Diagnostic, Parsed } from '../syntax/ast.js';
import { parse } from '../syntax/parse.js';

export interface Diagnosed extends Parsed {
  /** Mistakes of writing and of meaning (unknown fields, numbers that are none), in the order of their places. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether it can be run. */
  readonly ok: boolean;
}

/** A day: what is wrong with a step can only be told for a range, and this one refuses none that people type. */
const SOME_DAY = { tenantId: '', from: 0, to: 86_400_000 };

/** Everything an editor shows of a text, found without asking a server. */
export function diagnose(
  text: string,
  range: { readonly from: number; readonly to: number } = SOME_DAY,
): Diagnosed {
  const parsed = parse(text);
  const result = compile(parsed.query, { ...SOME_DAY, ...range }, { limit: 1 });
  const written = parsed.diagnostics;
  // What was not read is not worth two complaints at one place.
  const meant = result.ok
    ? []
    : result.diagnostics.filter(
        (found) => !written.some((known) => known.from < found.to && found.from < known.to),
      );
  const diagnostics = [...written, ...meant].sort((a, b) => a.from - b.from || a.to - b.to);
  return { ...parsed, diagnostics, ok: !diagnostics.some((diagnostic) => diagnostic.severity === 'error') };
}
