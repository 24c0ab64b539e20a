import { describe, expect, it } from 'vitest';
import { jsonEachRow } from './json-each-row.js';

describe('jsonEachRow', () => {
  it('writes one line a row', () => {
    expect(jsonEachRow([{ a: 1 }, { a: 'x\ny' }]).toString()).toBe('{"a":1}\n{"a":"x\\ny"}\n');
  });

  it('keeps whole pairs, control characters and text that looks like an escape', () => {
    const row = { a: '😀\u0000\u001f', b: '\\ud83d', c: { '😀': '\\ud800' } };
    expect(JSON.parse(jsonEachRow([row]).toString())).toEqual(row);
  });

  it('replaces half pairs in values, in nested values and in keys', () => {
    const row = { a: 'x\ud800y', b: { 'k\udc00': ['\udfff'] }, c: '\ud83d\ude00' };
    expect(JSON.parse(jsonEachRow([row]).toString())).toEqual({
      a: 'x\ufffdy',
      b: { 'k\ufffd': ['\ufffd'] },
      c: '😀',
    });
  });

  it('keeps a key named __proto__', () => {
    const attrs = Object.create(null) as Record<string, string>;
    attrs['__proto__'] = 'half \ud800';
    expect(jsonEachRow([{ attrs }]).toString()).toBe('{"attrs":{"__proto__":"half \ufffd"}}\n');
  });
});
