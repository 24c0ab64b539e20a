// The upstream of the benchmarks: the least an MCP server can do, so that what is measured is what stands in front of it.
// Answers initialize and tools/call over HTTP on a free loopback port, which it prints.
import { createServer } from 'node:http';

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    const message = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (message.id === undefined) return response.writeHead(202).end();
    const result =
      message.method === 'initialize'
        ? {
            protocolVersion: message.params.protocolVersion,
            capabilities: { tools: {} },
            serverInfo: { name: 'echo', version: '1.0.0' },
          }
        : { content: [{ type: 'text', text: message.params.arguments?.message ?? '' }] };
    const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, result });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
