import type { FieldName, Parsed, Stage } from './ast.js';
import { FilterParser, parseFieldName } from './filter-parser.js';
import { LENS_LIMITS } from './limits.js';
import { Scanner } from './scanner.js';
import { parseStage } from './stage-parser.js';

/**
 * Reads a query. It never throws and never drops anything silently: what cannot be read is a diagnostic with its place,
 * and the tree holds whatever could be.
 */
export function parse(text: string): Parsed {
  const scanner = new Scanner(text.slice(0, LENS_LIMITS.characters));
  if (text.length > LENS_LIMITS.characters) {
    scanner.error('lens.too_long', `A query may have ${LENS_LIMITS.characters} characters.`, 0, 1);
  }
  const filter = new FilterParser(scanner).parse();
  scanner.skipSpace();
  if (scanner.next === ')') {
    scanner.error(
      'lens.unopened_parenthesis',
      'This parenthesis was never opened.',
      scanner.position,
      scanner.position + 1,
    );
    scanner.position = scanner.text.length;
  }
  const stages: Stage[] = [];
  while (!scanner.done && scanner.take('|', 'operator')) {
    const from = scanner.position;
    if (stages.length === LENS_LIMITS.stages) {
      scanner.error('lens.too_many_stages', `A query may have ${LENS_LIMITS.stages} stages.`, from, from + 1);
      break;
    }
    const stage = parseStage(scanner);
    if (stage === null) break;
    stages.push(stage);
    scanner.skipSpace();
    if (!scanner.done && scanner.next !== '|') {
      const at = scanner.position;
      scanner.word();
      scanner.error('lens.unexpected', 'This is not expected here.', at, Math.max(at + 1, scanner.position));
      break;
    }
  }
  return { query: { filter, stages }, diagnostics: scanner.diagnostics, highlights: scanner.highlights };
}

/** The name of one field, such as `tool` or `args."a b"`; null when the text is anything else. */
export function parseField(text: string): FieldName | null {
  const scanner = new Scanner(text.slice(0, LENS_LIMITS.characters));
  const field = parseFieldName(scanner);
  return scanner.position === text.length ? field : null;
}
