/**
 * The MCP reference server on one loopback port. The package itself listens on every interface, with CORS open to
 * all, so the address is put in here; PORT says which.
 */
import { Server } from 'node:net';

const listen = Server.prototype.listen as (...args: unknown[]) => Server;
Server.prototype.listen = function (this: Server, port: unknown, ...rest: unknown[]): Server {
  return listen.call(
    this,
    { port: Number(port), host: '127.0.0.1' },
    ...rest.filter((arg) => typeof arg === 'function'),
  );
} as typeof Server.prototype.listen;

process.argv[2] = 'streamableHttp';
await import('@modelcontextprotocol/server-everything/dist/index.js' as string);
