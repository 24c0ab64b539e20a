// An MCP server as small as one can be: sessions, one tool, JSON answers. Tells its port.
import { createServer } from 'node:http';

let sessions = 0;
const text = 'x'.repeat(300);
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    if (chunks.length === 0) return response.writeHead(200).end();
    const { id, method } = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    if (id === undefined) return response.writeHead(202).end();
    const headers = { 'content-type': 'application/json' };
    let result = { content: [{ type: 'text', text }] };
    if (method === 'initialize') {
      headers['mcp-session-id'] = `upstream-${(sessions += 1)}`;
      result = {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'bench', version: '1' },
      };
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id, result });
    headers['content-length'] = Buffer.byteLength(body);
    response.writeHead(200, headers);
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
