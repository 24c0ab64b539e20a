import { ProblemError } from '@portcullis/service';
import { parseDocument } from 'yaml';

/** Aliases are expanded at most this often, so that a small text cannot become a huge document. */
const MAX_ALIASES = 50;

/** The document of a request: its JSON fields, or its YAML text parsed, with the position of a mistake in the pointer. */
export function policyDocumentOf(body: Record<string, unknown>): {
  document: Record<string, unknown>;
  note: string | null;
} {
  const { yaml, note, connection: _connection, ...fields } = body;
  const noteText = typeof note === 'string' ? note : null;
  if (typeof yaml !== 'string') return { document: fields, note: noteText };

  const parsed = parseDocument(yaml, { uniqueKeys: true, prettyErrors: true });
  const problem = parsed.errors[0];
  if (problem !== undefined) throw invalid(problem.message, problem.linePos?.[0]);
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : 'not a YAML document');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('a policy is a mapping with name and rules');
  return { document: value as Record<string, unknown>, note: noteText };
}

function invalid(message: string, at?: { line: number; col: number }): ProblemError {
  const place = at === undefined ? '' : `line ${at.line}, column ${at.col}: `;
  return new ProblemError({
    code: 'policy.invalid',
    status: 400,
    title: 'The policy is not valid YAML.',
    issues: [{ pointer: '/yaml', message: `${place}${message}` }],
  });
}
