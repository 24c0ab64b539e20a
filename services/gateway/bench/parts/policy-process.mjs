// A policy service that allows everything, on the Unix socket given as argument.
import { createServer } from 'node:http';
import { readFileSync, rmSync } from 'node:fs';

const socket = process.argv[2];
rmSync(socket, { force: true });
const fixture = JSON.parse(readFileSync(new URL('./decide-answer.json', import.meta.url), 'utf8'));
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { have } = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    const body = JSON.stringify(have === undefined ? fixture : { ...fixture, connection: 'current' });
    response.sendDate = false;
    response.writeHead(200, [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(Buffer.byteLength(body)),
    ]);
    response.end(body);
  });
});
server.listen(socket, () => process.send('ready'));
