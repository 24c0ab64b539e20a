/** Somewhere to send SQL: a pool, or one transaction. Values always travel as parameters, never in the text. */
export interface SqlSession {
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** Schema names come from code, not from people; this keeps it that way. */
export function identifier(name: string): string {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name)) throw new Error(`Not a plain SQL identifier: ${name}`);
  return name;
}
