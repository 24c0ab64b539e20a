/* global console, performance */
/**
 * What reading a message costs beside `JSON.parse` alone. Needs a build of this lib: `npx tsc -b libs/mcp/tsconfig.lib.json`,
 * then `node libs/mcp/bench/read-message.mjs`.
 */
import { MessageReader } from '../dist/index.js';

const call = (args) =>
  Buffer.from(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name: 'echo', arguments: args },
    }),
  );
const rows = (count) =>
  Array.from({ length: count }, (_, index) => ({
    id: index,
    name: `row ${index}`,
    price: index * 1.25,
    tags: ['a', 'b'],
    ok: true,
  }));
const bodies = {
  'small call': call({ message: 'hello', count: 3 }),
  '4 KiB of rows': call({ rows: rows(50) }),
  '1 MiB of rows': call({ rows: rows(12_000) }),
  '1 MiB of text': call({ text: 'x'.repeat(1 << 20) }),
  '1 MiB of quoted JSON': call({ text: JSON.stringify({ rows: rows(10_000) }) }),
  '100,000 names': call(
    Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, 0])),
  ),
};
const reader = new MessageReader({ maxDepth: 64 });

function microseconds(action, bytes) {
  const rounds = Math.max(20, Math.min(200_000, Math.floor(40_000_000 / bytes)));
  for (let round = 0; round < rounds / 4; round += 1) action();
  const start = performance.now();
  for (let round = 0; round < rounds; round += 1) action();
  return ((performance.now() - start) * 1000) / rounds;
}

console.log('body                     bytes   JSON.parse us   read us   ratio');
for (const [name, bytes] of Object.entries(bodies)) {
  const parse = microseconds(() => JSON.parse(bytes.toString('utf8')), bytes.length);
  const read = microseconds(() => reader.read(bytes), bytes.length);
  console.log(
    `${name.padEnd(22)}${String(bytes.length).padStart(8)}${parse.toFixed(2).padStart(16)}${read.toFixed(2).padStart(10)}${(read / parse).toFixed(2).padStart(8)}`,
  );
}
