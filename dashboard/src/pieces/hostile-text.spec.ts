import { describe, expect, it } from 'vitest';
import { textParts, visibleText } from './hostile-text.js';

describe('visibleText', () => {
  it.each([
    ['delete_row', 'delete_row'],
    ['Zeile ä 漢字 🙂', 'Zeile ä 漢字 🙂'],
    ['a\nb\tc\r', 'a\\nb\\tc\\r'],
    ['\u202egpj.exe', '\\u{202e}gpj.exe'],
    ['pay\u200bpal', 'pay\\u{200b}pal'],
    ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['nul\u0000 esc\u001b[31m', 'nul\\u{0000} esc\\u{001b}[31m'],
    ['half \ud800 pair', 'half \\u{d800} pair'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['hangul filler \u3164', 'hangul filler \\u{3164}'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['', ''],
  ])('%j is shown as %s', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it('says how much of a long text is left out', () => {
    expect(visibleText('abcdef', 4)).toBe('abcd… 2 more characters');
  });
});

describe('textParts', () => {
  it('keeps what is escaped apart from what is not', () => {
    expect(textParts('a\u202eb')).toEqual([
      { kind: 'plain', text: 'a' },
      { kind: 'escaped', text: '\\u{202e}' },
      { kind: 'plain', text: 'b' },
    ]);
  });
});
