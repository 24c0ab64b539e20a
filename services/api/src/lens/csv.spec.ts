import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.js';

describe('csvLine', () => {
  it.each([
    [['a', 1, null, undefined, true], 'a,1,,,true\r\n'],
    [['a,b', 'say "hi"', 'two\nlines'], '"a,b","say ""hi""","two\nlines"\r\n'],
    [[{ a: 1 }], '"{""a"":1}"\r\n'],
    [['=HYPERLINK("x")', '+1+2', '-1+2', '@SUM(A1)', '\tx'], `"'=HYPERLINK(""x"")",'+1+2,'-1+2,'@SUM(A1),'\tx\r\n`],
    [[-5, '-5.25', '1e3'], '-5,-5.25,1e3\r\n'],
  ])('%j', (cells, expected) => {
    expect(csvLine(cells)).toBe(expected);
  });
});
