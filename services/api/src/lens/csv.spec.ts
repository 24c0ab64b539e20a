import { describe, expect, it } from 'vitest';
import { csvLine, visible } from './csv.js';

describe('csvLine', () => {
  it.each([
    [['a', 1, null, undefined, true], 'a,1,,,true\r\n'],
    [['a,b', 'say "hi"', 'two\nlines'], '"a,b","say ""hi""","two\nlines"\r\n'],
    [[{ a: 1 }], '"{""a"":1}"\r\n'],
    [
      ['=HYPERLINK("x")', '+1+2', '-1+2', '@SUM(A1)', '\tx'],
      `"'=HYPERLINK(""x"")",'+1+2,'-1+2,'@SUM(A1),"'\tx"\r\n`,
    ],
    [['\uff1dcmd', '\n=cmd', 'a;=cmd'], `'\uff1dcmd,"'\n=cmd","a;=cmd"\r\n`],
    [[-5, '-5.25', '1e3'], '-5,-5.25,1e3\r\n'],
    [
      ['a\u0000b', '\u001b[31mred', 'good\u202egnp.exe', '\u009bx', '\ufeff=1'],
      'a\\u0000b,\\u001b[31mred,good\\u202egnp.exe,\\u009bx,\\ufeff=1\r\n',
    ],
  ])('%j', (cells, expected) => {
    expect(csvLine(cells)).toBe(expected);
  });
});

describe('visible', () => {
  it('keeps tabs, line ends and every letter', () => {
    expect(visible('tab\t line\r\n Zürich 世界 \u{1f600}')).toBe('tab\t line\r\n Zürich 世界 \u{1f600}');
  });
});
