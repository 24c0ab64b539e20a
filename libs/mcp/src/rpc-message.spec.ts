import { describe, expect, it } from 'vitest';
import { PART } from './json-scanner.js';
import { MessageReader, MessageRefused, partOf } from './rpc-message.js';

const reader = new MessageReader({ maxDepth: 64 });
const read = (text: string | Buffer) => reader.read(Buffer.from(text as string));
const refusal = (text: string | Buffer): MessageRefused => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof MessageRefused) return error;
    throw error;
  }
  throw new Error('was accepted');
};

describe('MessageReader', () => {
  it('reads a request and keeps its bytes', () => {
    const text =
      '{"jsonrpc":"2.0", "id": 12345678901234567890 ,"method":"tools/call","params":{"name":"x","arguments":{"n":1.0}}}';
    const message = read(text);
    expect(message).toMatchObject({
      kind: 'call',
      method: 'tools/call',
      idText: '12345678901234567890',
      params: { name: 'x' },
    });
    expect(message.bytes.toString()).toBe(text);
    expect(partOf(message, PART['params.arguments'])!.toString()).toBe('{"n":1.0}');
    expect(text.slice(message.idStart, message.idEnd)).toBe('12345678901234567890');
  });

  it('reads notifications and answers', () => {
    expect(read('{"jsonrpc":"2.0","method":"notifications/initialized"}')).toMatchObject({
      kind: 'call',
      id: undefined,
      idText: undefined,
    });
    expect(read('{"jsonrpc":"2.0","id":"a","result":{"x":1}}')).toMatchObject({
      kind: 'answer',
      id: 'a',
      result: { x: 1 },
      error: undefined,
    });
    expect(read('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}')).toMatchObject({
      kind: 'answer',
      id: null,
      error: { code: -32700 },
    });
  });

  it.each([
    ['', 'request.malformed'],
    ['   ', 'request.malformed'],
    ['hello', 'request.malformed'],
    ['"text"', 'request.malformed'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping"', 'request.malformed'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping"}}', 'request.malformed'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping",}', 'request.malformed'],
    ['\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}', 'request.malformed'],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 'request.malformed'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","\\u006dethod":"tools/call"}', 'request.malformed'],
    [
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":[{"k":1,"k":1}]}}}',
      'request.malformed',
    ],
    [
      `{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":${'['.repeat(200)}${']'.repeat(200)}}}`,
      'request.too_large',
    ],
    ['['.repeat(200), 'request.invalid'],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 'request.invalid'],
    ['[]', 'request.invalid'],
    ['{}', 'request.invalid'],
    ['{"id":1,"method":"ping"}', 'request.invalid'],
    ['{"jsonrpc":"1.0","id":1,"method":"ping"}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1,"method":7}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1,"method":""}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', 'request.invalid'],
    ['{"jsonrpc":"2.0","id":1,"error":"no"}', 'request.invalid'],
    ['{"jsonrpc":"2.0","result":{}}', 'request.invalid'],
    [`{"jsonrpc":"2.0","id":1,"method":"${'m'.repeat(257)}"}`, 'request.invalid'],
    [`{"jsonrpc":"2.0","id":"${'i'.repeat(257)}","method":"ping"}`, 'request.invalid'],
  ])('refuses %s', (text, reason) => {
    expect(refusal(text).reason).toBe(reason);
  });

  it('refuses bytes that are not UTF-8, in names and values, overlong and surrogate forms', () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const body = Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":1,"method":"a'),
        Buffer.from(bytes),
        Buffer.from('"}'),
      ]);
      expect(refusal(body).reason).toBe('request.malformed');
    }
  });

  it('names the id of what it refuses when it can be made out', () => {
    expect(refusal('{"jsonrpc":"1.0","id":"q7","method":"ping"}').idText).toBe('"q7"');
    expect(refusal('{"jsonrpc":"2.0","id":{},"method":"ping"}').idText).toBeNull();
    expect(refusal('{').idText).toBeNull();
  });

  it('takes the deepest body it may and not one level more', () => {
    const body = (depth: number) =>
      `{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`;
    expect(read(body(64)).kind).toBe('call');
    expect(refusal(body(65)).reason).toBe('request.too_large');
  });

  it('lets long answers through unparsed, with their parts known', () => {
    const lazy = new MessageReader({ maxDepth: 512, duplicatesBelow: true, parseUpTo: 100 });
    const text = `{"jsonrpc":"2.0","id":5,"result":{"isError":true,"content":[{"type":"text","text":"${'x'.repeat(200)}"}]}}`;
    const message = lazy.read(Buffer.from(text));
    expect(message).toMatchObject({ kind: 'answer', id: 5, result: undefined });
    expect(partOf(message, PART['result.isError'])!.toString()).toBe('true');
  });
});
