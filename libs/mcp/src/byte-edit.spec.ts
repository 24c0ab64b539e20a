import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementRanges, keepElements, replaceRange, setMember } from './byte-edit.js';

describe('byte edits', () => {
  it('replaces one range and nothing else', () => {
    expect(replaceRange(Buffer.from('{"id":1,"x":2}'), 6, 7, '"ab"').toString()).toBe('{"id":"ab","x":2}');
    expect(replaceRange(Buffer.from('abc'), 3, 3, 'd').toString()).toBe('abcd');
  });

  it('removes elements of an array as filtering would, in any layout', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 8 }),
        fc.infiniteStream(fc.boolean()),
        fc.constantFrom(0, 1, 4),
        (items, hide, indent) => {
          const keep = items.map(() => hide.next().value as boolean);
          const text = JSON.stringify({ before: '[', items, after: 1 }, null, indent);
          const bytes = Buffer.from(text);
          const start =
            Buffer.byteLength(text.slice(0, text.indexOf('"items"'))) +
            '"items":'.length +
            (indent > 0 ? 1 : 0);
          const ranges = elementRanges(bytes, start);
          expect(
            ranges.map(({ start: from, end }) => JSON.parse(bytes.toString('utf8', from, end)) as unknown),
          ).toEqual(JSON.parse(JSON.stringify(items)));
          const kept = keepElements(bytes, start, keep).toString();
          expect(JSON.parse(kept)).toEqual({
            before: '[',
            items: (JSON.parse(JSON.stringify(items)) as unknown[]).filter((_, place) => keep[place]),
            after: 1,
          });
        },
      ),
    );
  });

  it('keeps the bytes of what stays: numbers, escapes, blanks within items', () => {
    const bytes = Buffer.from('{"tools":[{"a":1.00}, {"b" : 12345678901234567890} ,{"c":"\\u0041"}]}');
    expect(keepElements(bytes, 9, [true, true, false]).toString()).toBe(
      '{"tools":[{"a":1.00},{"b" : 12345678901234567890}]}',
    );
    expect(keepElements(bytes, 9, [false, false, true]).toString()).toBe('{"tools":[{"c":"\\u0041"}]}');
    expect(keepElements(bytes, 9, [false, false, false]).toString()).toBe('{"tools":[]}');
  });

  it('sets a member of an object: first when new, in place when not', () => {
    expect(setMember(Buffer.from('{}'), 0, 'k', '1').toString()).toBe('{"k":1}');
    expect(setMember(Buffer.from('{ }'), 0, 'k', '1').toString()).toBe('{"k":1 }');
    expect(setMember(Buffer.from('{"a":[{"k":0}]}'), 0, 'k', '1').toString()).toBe('{"k":1,"a":[{"k":0}]}');
    expect(setMember(Buffer.from('{"a":{}, "k" : {"x":"}"} ,"b":0}'), 0, 'k', '1').toString()).toBe(
      '{"a":{}, "k" : 1 ,"b":0}',
    );
    expect(setMember(Buffer.from('{"\\u006b":0}'), 0, 'k', '1').toString()).toBe('{"\\u006b":1}');
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
        fc.jsonValue({ maxDepth: 2 }),
        (object, value) => {
          const edited = setMember(
            Buffer.from(JSON.stringify(object, null, 1)),
            0,
            'a/b',
            JSON.stringify(value),
          ).toString();
          expect(JSON.parse(edited)).toEqual(JSON.parse(JSON.stringify({ ...object, 'a/b': value })));
        },
      ),
    );
  });
});
