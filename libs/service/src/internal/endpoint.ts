/** Where an internal listener is: a Unix socket or a TCP address. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Longest path a Unix socket may have on Linux (108 bytes with the terminating zero); macOS allows 103. */
const SOCKET_PATH_LIMIT = process.platform === 'darwin' ? 103 : 107;

export function parseEndpoint(text: string): Endpoint {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (path === '' || Buffer.byteLength(path) > SOCKET_PATH_LIMIT) throw new Error('endpoint.socket_path');
    return { kind: 'unix', path };
  }
  const url = new URL(text.includes('://') ? text : `http://${text}`);
  if (url.protocol !== 'http:' || url.pathname !== '/') throw new Error('endpoint.url');
  return { kind: 'tcp', host: url.hostname, port: Number(url.port === '' ? 80 : url.port) };
}

export function formatEndpoint(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? `unix:${endpoint.path}` : `http://${endpoint.host}:${endpoint.port}`;
}
