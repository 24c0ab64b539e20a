import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpAnswers } from './http-answers.js';

const answer = (
  body: string,
  head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`,
) => `${head}\r\n\r\n${body}`;

describe('HttpAnswers', () => {
  it('finds the same answers however the bytes are cut', () => {
    const bodies = ['{"a":1}', '', '"é€😀"', 'x'.repeat(5_000)];
    const stream = Buffer.from(bodies.map((body) => answer(body)).join(''));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 30 }), (cuts) => {
        const answers = new HttpAnswers();
        const found = [0, ...cuts.sort((a, b) => a - b)].flatMap((from, i, all) =>
          answers.push(stream.subarray(from, all[i + 1] ?? stream.length)),
        );
        expect(found).toEqual(bodies.map((body) => ({ status: 200, body, close: false })));
      }),
    );
  });

  it('reads status and close, in any case', () => {
    const [first] = new HttpAnswers().push(
      Buffer.from(answer('{}', 'HTTP/1.1 503 Service Unavailable\r\nCONNECTION: Close\r\ncontent-LENGTH:2')),
    );
    expect(first).toEqual({ status: 503, body: '{}', close: true });
    expect(new HttpAnswers().push(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'))).toEqual([
      { status: 204, body: '', close: false },
    ]);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks and a length', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['two lengths in one', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
    ['too long a body', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'x'.repeat(17_000)}`],
  ])('refuses %s', (_, bytes) => {
    expect(() => new HttpAnswers().push(Buffer.from(bytes))).toThrow();
  });
});
