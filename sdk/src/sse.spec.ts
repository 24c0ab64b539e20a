import { describe, expect, it } from 'vitest';
import { messagesOf } from './sse.js';

const streamOf = (text: string, cut: number) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; at += cut) controller.enqueue(bytes.slice(at, at + cut));
      controller.close();
    },
  });

const read = async (text: string, cut: number) => {
  const messages: unknown[] = [];
  for await (const message of messagesOf(streamOf(text, cut))) messages.push(message);
  return messages;
};

describe('messagesOf', () => {
  const text =
    ': hello\n\nid: 1\ndata: \n\nevent: message\ndata: {"a":"ü\\n"}\n\r\ndata:{"b":\ndata:2}\r\n\r\ndata: {"c":3}';

  it.each([1, 2, 3, 7, 1000])('reads whole messages when the stream is cut every %d bytes', async (cut) => {
    expect(
      await read('data: {"a":"ü"}\n\n: ping\n\ndata: {"b":\ndata: 2}\n\nid: 1\ndata: \n\ndata: {"c":3}', cut),
    ).toEqual([{ a: 'ü' }, { b: 2 }, { c: 3 }]);
  });

  it('takes any line ending', async () => {
    expect(await read(text.replaceAll('\n\r\n', '\n\n'), 5)).toEqual([{ a: 'ü\n' }, { b: 2 }, { c: 3 }]);
  });
});
