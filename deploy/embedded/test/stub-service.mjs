/**
 * Stands in for a service in tests of the supervisor: answers /health on its internal listener and, as `api`, the
 * little of REST that the supervisor uses. It ends at once when told to by STUB_<NAME>_EXIT.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';

const listen = process.env['PORTCULLIS_INTERNAL_LISTEN'] ?? '';
const socket = listen.slice('unix:'.length);
const name = basename(socket, '.sock');
const dataDir = process.env['PORTCULLIS_DATA_DIR'] ?? '';

const words = process.env[`STUB_${name.toUpperCase()}_EXIT`];
if (words) {
  process.stderr.write(`portcullis ${name}: ${words}\n`);
  process.exit(78);
}
writeFileSync(join(dataDir, `${name}.env.json`), JSON.stringify(process.env));

rmSync(socket, { force: true });
const internal = createServer((request, response) => {
  const known = request.headers.authorization === `Bearer ${process.env['PORTCULLIS_INTERNAL_TOKEN']}`;
  response.writeHead(known ? 200 : 401).end('{}');
});
internal.listen(socket);

if (name === 'api') {
  const store = join(dataDir, 'stub-api.json');
  const state = existsSync(store)
    ? JSON.parse(readFileSync(store, 'utf8'))
    : { connection: null, policies: [] };
  createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
      const answer = (status, data) => response.writeHead(status).end(JSON.stringify({ data, meta: {} }));
      const path = `${request.method} ${request.url}`;
      appendFileSync(join(dataDir, 'stub-api.log'), `${path}\n`);
      if (path === 'GET /api/v1/health') return answer(200, {});
      if (request.headers.authorization !== 'Bearer ig_owner') return answer(401);
      if (path === 'GET /api/v1/connections/everything')
        return answer(state.connection ? 200 : 404, state.connection);
      if (path === 'POST /api/v1/connections') state.connection = { id: 'c1', ...body };
      else if (path === 'PATCH /api/v1/connections/c1') state.connection = { ...state.connection, ...body };
      else if (path === 'POST /api/v1/policies') state.policies.push(body);
      else return answer(404);
      writeFileSync(store, JSON.stringify(state));
      return answer(200, {});
    });
  }).listen(Number(process.env['PORTCULLIS_API_PORT']), '127.0.0.1');
}

process.on('SIGTERM', () => {
  appendFileSync(join(dataDir, 'stub-stops.log'), `${name}\n`);
  process.exit(0);
});
