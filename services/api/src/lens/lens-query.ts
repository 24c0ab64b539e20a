import {
  compile,
  parse,
  type Compiled,
  type CompileOptions,
  type CompileResult,
  type Diagnostic,
  type Query,
  type Scope,
} from '@portcullis/lens';
import { ProblemError } from '@portcullis/service';

/** Reads and compiles a query text, or refuses with every mistake at its place. */
export function compileText(
  text: string,
  scope: Scope,
  options: CompileOptions,
): { query: Query; compiled: Compiled } {
  const query = parseText(text);
  return { query, compiled: compileQuery(query, scope, options) };
}

export function compileQuery(query: Query, scope: Scope, options: CompileOptions): Compiled {
  return compiledOr400(compile(query, scope, options));
}

export function parseText(text: string): Query {
  const { query, diagnostics } = parse(text);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) throw invalidQuery(errors);
  return query;
}

export function compiledOr400(result: CompileResult): Compiled {
  if (!result.ok) throw invalidQuery(result.diagnostics);
  return result.compiled;
}

/** 400 with the position, message and suggestion of each mistake (contract section 7). */
export function invalidQuery(diagnostics: readonly Diagnostic[]): ProblemError {
  const [first] = diagnostics;
  return new ProblemError({
    code: 'lens.invalid',
    status: 400,
    title: 'The query is not valid.',
    ...(first ? { detail: first.message } : {}),
    diagnostics: diagnostics.map(({ code, message, from, to, suggestion }) => ({
      code,
      message,
      from,
      to,
      suggestion: suggestion ?? null,
    })),
  });
}
