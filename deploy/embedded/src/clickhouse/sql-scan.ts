/**
 * As much of ClickHouse's SQL as the HTTP protocol needs to see: where text and comments are, so that a keyword, a
 * semicolon or a FORMAT clause inside them is not taken for one.
 */
export interface SqlScan {
  /** The statement with every string, quoted name and comment replaced by spaces, same length. */
  bare: string;
  /** First word, upper case: SELECT, INSERT, KILL... */
  verb: string;
}

/** One token that is not code: comments, strings, quoted names, heredocs. Linear: no alternative overlaps another. */
const OPAQUE =
  /--[^\n]*|#[ !][^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|'(?:[^'\\]|\\[\s\S])*'?|"(?:[^"\\]|\\[\s\S])*"?|`(?:[^`\\]|\\[\s\S])*`?|\$([A-Za-z0-9_]*)\$[\s\S]*?\$\1\$/g;

export function scanSql(sql: string): SqlScan {
  const bare = sql.replace(OPAQUE, (text) => ' '.repeat(text.length));
  return { bare, verb: /^[\s(;]*([A-Za-z]+)/.exec(bare)?.[1]?.toUpperCase() ?? '' };
}

/** True when something other than space follows a semicolon; chdb would run it, a server refuses it. */
export function hasSecondStatement(scan: SqlScan): boolean {
  return /;\s*[^\s;]/.test(scan.bare);
}

export interface FormatClause {
  name: string;
  start: number;
  end: number;
}

/** The FORMAT clause that ends a query that answers rows. */
export function formatClause(scan: SqlScan): FormatClause | undefined {
  const match = /\bFORMAT\s+([A-Za-z][A-Za-z0-9]*)\s*(?:SETTINGS\b[\s\S]*)?[\s;]*$/i.exec(scan.bare);
  if (!match?.[1]) return undefined;
  const end = match.index + match[0].indexOf(match[1], 'FORMAT'.length) + match[1].length;
  return { name: match[1], start: match.index, end };
}

export interface InsertHead {
  /** Target, unquoted, perhaps with its database. */
  table: string;
  columns: string[] | undefined;
  format: string;
}

const NAME = '(?:[A-Za-z_][A-Za-z0-9_]*|`[A-Za-z0-9_]+`|"[A-Za-z0-9_]+")';
const INSERT_HEAD = new RegExp(
  `^\\s*INSERT\\s+INTO\\s+(?:TABLE\\s+)?(${NAME}(?:\\.${NAME})?)\\s*(?:\\(((?:\\s*${NAME}\\s*,?)+)\\))?\\s*FORMAT\\s+([A-Za-z0-9]+)[\\s;]*$`,
  'i',
);

/** Reads `INSERT INTO [db.]table [(a, b)] FORMAT X`, the form a client sends with rows in the body; else undefined. */
export function parseInsertHead(sql: string): InsertHead | undefined {
  if (sql.length > 100_000) return undefined;
  const match = INSERT_HEAD.exec(sql);
  if (!match?.[1] || !match[3]) return undefined;
  return {
    table: unquote(match[1]),
    columns: match[2]
      ?.split(',')
      .map((column) => unquote(column.trim()))
      .filter((column) => column !== ''),
    format: match[3],
  };
}

function unquote(name: string): string {
  return name.replace(/[`"]/g, '');
}

export function quoteString(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}

export function quoteName(name: string): string {
  return `\`${name.replace(/\\/g, '\\\\').replace(/`/g, '\\`')}\``;
}
