import { describe, expect, it } from 'vitest';

import {
  formatClause,
  hasSecondStatement,
  parseInsertHead,
  quoteName,
  quoteString,
  scanSql,
} from './sql-scan.js';

describe('scanSql', () => {
  it.each([
    ['SELECT 1', 'SELECT'],
    ['  /* INSERT */ -- DROP\n select 1', 'SELECT'],
    ['(SELECT 1)', 'SELECT'],
    ["'quoted'", ''],
  ])('reads the verb of %j', (sql, verb) => {
    expect(scanSql(sql).verb).toBe(verb);
  });

  it('blanks strings, names, comments and heredocs, keeping every position', () => {
    const sql = `SELECT 'a;\\'b', "c;d", \`e;f\`, $x$ g; $x$ /* h; */ -- i;\n, 1`;
    const { bare } = scanSql(sql);
    expect(bare).toHaveLength(sql.length);
    expect(bare).not.toContain(';');
    expect(bare.at(-1)).toBe('1');
  });

  it('reads unclosed text to the end', () => {
    expect(scanSql("SELECT 'a; SELECT 2").bare.trim()).toBe('SELECT');
    expect(scanSql('SELECT 1 /* ; SELECT 2').bare.trim()).toBe('SELECT 1');
  });
});

describe('hasSecondStatement', () => {
  it.each([
    ['SELECT 1', false],
    ['SELECT 1;', false],
    ['SELECT 1 ; ; -- done', false],
    ["SELECT ';', 1", false],
    ['SELECT 1; SELECT 2', true],
    ["SELECT 'a\\'; DROP TABLE t; --'", false],
    ["SELECT 'a'; DROP TABLE t", true],
  ])('%j: %s', (sql, expected) => {
    expect(hasSecondStatement(scanSql(sql))).toBe(expected);
  });
});

describe('formatClause', () => {
  it.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT 1\nformat  JSONEachRow ;', 'JSONEachRow'],
    ['SELECT 1 FORMAT CSV SETTINGS max_threads = 1', 'CSV'],
    ["SELECT 'x FORMAT JSON'", undefined],
    ['SELECT format FROM t', undefined],
    ["SELECT format('{}', 1)", undefined],
  ])('of %j is %s', (sql, name) => {
    expect(formatClause(scanSql(sql))?.name).toBe(name);
  });

  it('says where it stands', () => {
    const sql = 'SELECT 1 FORMAT CSV SETTINGS a = 1';
    const clause = formatClause(scanSql(sql));
    expect(sql.slice(clause?.start, clause?.end)).toBe('FORMAT CSV');
  });
});

describe('parseInsertHead', () => {
  it.each([
    ['INSERT INTO t FORMAT JSONEachRow', { table: 't', columns: undefined, format: 'JSONEachRow' }],
    [
      'insert into table `db`.`t` (a, `b`)\nformat CSV ;',
      { table: 'db.t', columns: ['a', 'b'], format: 'CSV' },
    ],
    ['INSERT INTO t (a) SELECT 1 FORMAT CSV', undefined],
    ['INSERT INTO t VALUES', undefined],
    ['INSERT INTO FUNCTION null(x) FORMAT CSV', undefined],
  ])('%j', (sql, expected) => {
    expect(parseInsertHead(sql)).toEqual(expected);
  });

  it('does not stall on hostile text', () => {
    expect(parseInsertHead(`INSERT INTO t (${'a,'.repeat(40_000)} FORMAT`)).toBeUndefined();
    expect(parseInsertHead(`INSERT INTO t (${' '.repeat(90_000)}`)).toBeUndefined();
  });
});

describe('quoting', () => {
  it('escapes what would end the literal', () => {
    expect(quoteString("a'b\\")).toBe("'a\\'b\\\\'");
    expect(quoteName('a`b\\')).toBe('`a\\`b\\\\`');
  });
});
