import { bench, describe } from 'vitest';
import { MessageReader } from '../src/index.js';

/** What reading a message costs beside `JSON.parse` alone: `npx vitest bench --project unit libs/mcp`. */
const call = (args: unknown) =>
  Buffer.from(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name: 'echo', arguments: args },
    }),
  );
const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: index,
    name: `row ${index}`,
    price: index * 1.25,
    tags: ['a', 'b'],
    ok: true,
  }));
const names = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, 0]));

const bodies: [string, Buffer][] = [
  ['small call', call({ message: 'hello', count: 3 })],
  ['4 KiB of rows', call({ rows: rows(50) })],
  ['1 MiB of rows', call({ rows: rows(12_000) })],
  ['1 MiB of text', call({ text: 'x'.repeat(1 << 20) })],
  ['1 MiB of quoted JSON', call({ text: JSON.stringify({ rows: rows(10_000) }) })],
  ['100,000 names', call(names)],
];

const reader = new MessageReader({ maxDepth: 64 });

for (const [name, bytes] of bodies) {
  describe(name, () => {
    bench('JSON.parse', () => {
      JSON.parse(bytes.toString('utf8'));
    });
    bench('MessageReader', () => {
      reader.read(bytes);
    });
  });
}
