import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';

export interface TlsFiles {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** The listener people and scripts reach: plain HTTP, or HTTPS when both TLS files are given. */
export function createOutwardServer(listener: RequestListener, tls: TlsFiles): Server {
  const limits = {
    headersTimeout: 10_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 32 * 1024,
  };
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    throw new Error('PORTCULLIS_TLS_CERT_FILE and PORTCULLIS_TLS_KEY_FILE go together');
  }
  if (tls.certFile === undefined || tls.keyFile === undefined) return createHttpServer(limits, listener);
  return createHttpsServer(
    { ...limits, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) },
    listener,
  ) as unknown as Server;
}

export async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Ends after the requests in flight, event streams aside: those are cut. */
export async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}
