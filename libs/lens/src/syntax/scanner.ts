import type { Diagnostic, Highlight, HighlightKind } from './ast.js';

const SPACE = /\s/;
/** Characters that end an unquoted word. Everything else, colons and slashes included, belongs to it. */
const WORD_END = /[\s()|"]/;

/** A cursor over the query text that collects what is wrong and what to colour. It never throws. */
export class Scanner {
  position = 0;
  readonly diagnostics: Diagnostic[] = [];
  readonly highlights: Highlight[] = [];

  constructor(readonly text: string) {}

  get done(): boolean {
    return this.position >= this.text.length;
  }

  get next(): string {
    return this.text[this.position] ?? '';
  }

  skipSpace(): void {
    while (!this.done && SPACE.test(this.next)) this.position += 1;
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.position);
  }

  /** Takes the text when it stands here. */
  take(text: string, kind?: HighlightKind): boolean {
    if (!this.startsWith(text)) return false;
    if (kind) this.highlight(this.position, this.position + text.length, kind);
    this.position += text.length;
    return true;
  }

  /** Takes a keyword that stands here as a whole word. */
  takeKeyword(keyword: string): boolean {
    if (!this.startsWith(keyword)) return false;
    const after = this.text[this.position + keyword.length] ?? ' ';
    if (!WORD_END.test(after) && after !== ',') return false;
    this.highlight(this.position, this.position + keyword.length, 'keyword');
    this.position += keyword.length;
    return true;
  }

  peekKeyword(keyword: string): boolean {
    return this.startsWith(keyword) && WORD_END.test(this.text[this.position + keyword.length] ?? ' ');
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found !== null) this.position += found[0].length;
    return found;
  }

  /** The unquoted word here; `also` adds characters that end it. */
  word(also = ''): string {
    const start = this.position;
    while (!this.done && !WORD_END.test(this.next) && !also.includes(this.next)) this.position += 1;
    return this.text.slice(start, this.position);
  }

  /** A quoted string here, unescaped: `\"`, `\\`. The opening quote must be next. */
  quoted(): string {
    const start = this.position;
    this.position += 1;
    let value = '';
    while (!this.done && this.next !== '"') {
      if (this.next === '\\' && this.position + 1 < this.text.length) this.position += 1;
      value += this.next;
      this.position += 1;
    }
    if (this.done)
      this.error(
        'lens.unclosed_quote',
        'This quote is not closed.',
        start,
        this.position,
        `${this.text.slice(start)}"`,
      );
    else this.position += 1;
    this.highlight(start, this.position, 'string');
    return value;
  }

  highlight(from: number, to: number, kind: HighlightKind): void {
    if (to > from) this.highlights.push({ from, to, kind });
  }

  error(
    code: string,
    message: string,
    from = this.position,
    to = Math.max(from + 1, this.position),
    suggestion?: string,
  ): void {
    this.diagnostics.push({
      severity: 'error',
      code,
      message,
      from,
      to: Math.min(to, Math.max(this.text.length, from)),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}
