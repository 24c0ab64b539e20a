import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CORRUPT,
  findRecord,
  INCOMPLETE,
  parseRecord,
  RECORD_HEADER_BYTES,
  RECORD_LIMIT,
  RecordEncoder,
  recordBytesAt,
  RecordTooLarge,
} from './record.js';

const encoder = new RecordEncoder();
function encoded(type: string, key: string, json: string): Buffer {
  return Buffer.from(encoder.bytes.subarray(0, encoder.encode(type, key, json)));
}

describe('a record', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const bytes = encoded('CallDecided', 'org:connection', json);
        expect(recordBytesAt(bytes, 0, bytes.length)).toBe(bytes.length);
        const record = parseRecord(bytes, 0, bytes.length);
        expect({ ...record, value: Buffer.from(record.value).toString() }).toEqual({
          type: 'CallDecided',
          key: 'org:connection',
          value: json,
        });
      }),
    );
  });

  it('is incomplete when cut at any byte', () => {
    const bytes = encoded('CallDecided', 'org:', '{"a":"é€😀"}');
    for (let end = 0; end < bytes.length; end += 1) expect(recordBytesAt(bytes, 0, end)).toBe(INCOMPLETE);
  });

  it('is never taken for valid when any bit is flipped', () => {
    const bytes = encoded('CallDecided', 'org:', '{"a":1}');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(recordBytesAt(flipped, 0, flipped.length)).toBeLessThanOrEqual(0);
    }
  });

  it('of zeros is corrupt', () => {
    expect(recordBytesAt(Buffer.alloc(64), 0, 64)).toBe(CORRUPT);
  });

  it('takes a payload of exactly the limit and refuses one byte more, whatever the last character', () => {
    const prefix = 'T\nk\n'.length;
    const full = 'x'.repeat(RECORD_LIMIT - prefix);
    expect(encoded('T', 'k', full)).toHaveLength(RECORD_HEADER_BYTES + RECORD_LIMIT);
    expect(() => encoded('T', 'k', full + 'x')).toThrow(RecordTooLarge);
    for (const last of ['é', '€', '😀']) {
      expect(() => encoded('T', 'k', full.slice(0, -1) + last)).toThrow(RecordTooLarge);
    }
    expect(() => encoded('T', 'k', full + full)).toThrow(RecordTooLarge);
  });
});

describe('findRecord', () => {
  const record = encoded('CallDecided', 'org:', '{"a":"text"}');

  it('finds the next record behind any damage that is no record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (damage) => {
        const bytes = Buffer.concat([damage, record, record]);
        expect(findRecord(bytes, 0, bytes.length)).toBe(damage.length);
      }),
    );
  });

  it('finds nothing within a record, nor in one that is cut', () => {
    expect(findRecord(record, 1, record.length)).toBe(-1);
    expect(findRecord(record, 0, record.length - 1)).toBe(-1);
  });
});
