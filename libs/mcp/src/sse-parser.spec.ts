import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sseEvent } from './sse-event.js';
import { SseParser, SseTooLong, type SseEvent } from './sse-parser.js';

const plain = (events: readonly SseEvent[]) =>
  events.map(({ raw, data, id, type }) => ({ raw: raw.toString(), data: data?.toString(), id, type }));

function parse(chunks: readonly Buffer[], limit = 1000) {
  const parser = new SseParser(limit);
  return chunks.flatMap((chunk) => [...parser.push(chunk)]);
}

const STREAM =
  'data: {"a":1}\n\n: comment\n\nid: 7\nevent: message\nretry: 100\ndata: x\ndata:  y\ndata\n\nid: 8\ndata: \n\nevent: other\r\ndata: ü😀\r\n\r\ndata: cr\r\rdata: end\n\n';

describe('SseParser', () => {
  it('reads fields as the standard says', () => {
    expect(plain(parse([Buffer.from(STREAM)]))).toEqual([
      { raw: 'data: {"a":1}\n\n', data: '{"a":1}', id: undefined, type: '' },
      { raw: ': comment\n\n', data: undefined, id: undefined, type: '' },
      {
        raw: 'id: 7\nevent: message\nretry: 100\ndata: x\ndata:  y\ndata\n\n',
        data: 'x\n y\n',
        id: '7',
        type: 'message',
      },
      { raw: 'id: 8\ndata: \n\n', data: '', id: '8', type: '' },
      { raw: 'event: other\r\ndata: ü😀\r\n\r\n', data: 'ü😀', id: undefined, type: 'other' },
      { raw: 'data: cr\r\r', data: 'cr', id: undefined, type: '' },
      { raw: 'data: end\n\n', data: 'end', id: undefined, type: '' },
    ]);
  });

  it('gives the same events for every split into two chunks', () => {
    const bytes = Buffer.from(STREAM);
    const whole = parse([bytes]).map(({ data, id, type }) => [data?.toString(), id, type]);
    for (let split = 0; split <= bytes.length; split += 1) {
      const events = parse([bytes.subarray(0, split), bytes.subarray(split)]);
      expect(
        events.map(({ data, id, type }) => [data?.toString(), id, type]),
        `split at ${split}`,
      ).toEqual(whole);
    }
  });

  it('gives the same events for any chunks and line ends', () => {
    const line = fc.constantFrom(
      'data: a',
      'data:b',
      'data',
      'id: 1',
      'id',
      ': c',
      'event: e',
      'retry: 5',
      'other: x',
      '',
    );
    const block = fc.tuple(
      fc.array(line, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('\n', '\r\n', '\r'),
    );
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 6 }),
        fc.array(fc.nat(200), { maxLength: 12 }),
        fc.boolean(),
        (blocks, cuts, mark) => {
          const text = blocks.map(([lines, end]) => [...lines, '', ''].join(end)).join('');
          const bytes = Buffer.from((mark ? '\ufeff' : '') + text);
          const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
            (a, b) => a - b,
          );
          const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
          const values = (events: readonly SseEvent[]) =>
            events
              .filter((event) => event.data !== undefined || event.id !== undefined || event.type !== '')
              .map(({ data, id, type }) => [data?.toString(), id, type]);
          expect(values(parse(chunks))).toEqual(values(parse([bytes])));
          // Nothing is lost: the raw blocks are the stream, save for empty lines between events.
          const lines = (stream: string) =>
            stream
              .replace(/\r\n?/g, '\n')
              .replace(/\n{2,}/g, '\n\n')
              .replace(/^\n+/, '');
          expect(
            lines(
              parse(chunks)
                .map((event) => event.raw.toString())
                .join(''),
            ),
          ).toBe(lines(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('copes with one byte at a time', () => {
    const chunks = [...Buffer.from(STREAM)].map((byte) => Buffer.from([byte]));
    expect(plain(parse(chunks)).map((event) => event.data)).toEqual(
      plain(parse([Buffer.from(STREAM)])).map((event) => event.data),
    );
  });

  it('keeps earlier events intact while later chunks arrive', () => {
    const parser = new SseParser(1000);
    const first = parser.push(Buffer.from('data: one\n\ndata: tw'));
    const second = parser.push(Buffer.from('o\n\ndata: three\n\nda'));
    const third = parser.push(Buffer.from('ta: four\n\n'));
    expect(plain([...first, ...second, ...third]).map((event) => event.raw)).toEqual([
      'data: one\n\n',
      'data: two\n\n',
      'data: three\n\n',
      'data: four\n\n',
    ]);
  });

  it('refuses an event over the limit, finished or not', () => {
    expect(() => parse([Buffer.from(`data: ${'x'.repeat(100)}\n\n`)], 50)).toThrow(SseTooLong);
    expect(() =>
      parse(
        Array.from({ length: 20 }, () => Buffer.from('data: xxx\n')),
        50,
      ),
    ).toThrow(SseTooLong);
    expect(parse([Buffer.from('data: 1\n\n'.repeat(50))], 50)).toHaveLength(50);
  });

  it('says when a stream ended within an event', () => {
    const parser = new SseParser(1000);
    parser.push(Buffer.from('data: half'));
    expect(parser.unfinished).toBe(true);
    parser.push(Buffer.from('\n\n'));
    expect(parser.unfinished).toBe(false);
  });

  it('reads back what the serializer wrote, line ends and ids included', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(0, 2),
        fc.option(fc.string()),
        fc.constantFrom('\n', '\r\n', '\r'),
        (value, indent, id, end) => {
          const message = Buffer.from(JSON.stringify(value, null, indent).replaceAll('\n', end));
          const [event, ...rest] = parse([sseEvent(message, id ?? undefined)], 1_000_000);
          expect(rest).toEqual([]);
          expect(JSON.parse(event!.data!.toString())).toEqual(JSON.parse(message.toString()));
        },
      ),
    );
  });
});
