import type { GatewayConnection } from '@portcullis/contracts';
import { sealSecret } from '@portcullis/service';
import { BoundedMap } from '../state/bounded-map.js';
import type { Connection } from '../state/organization.js';

const LIMIT = 4_096;

/** Version of what a gateway is told of a connection; the same on every replica. */
export function etagOf(connection: Connection): string {
  return `${connection.id}.${connection.revision}`;
}

/** Connections as gateways get them, each sealed once for a gateway process and version. */
export class SealedConnections {
  readonly #sealed = new BoundedMap<string, GatewayConnection>(LIMIT);

  /**
   * Null when the credential the connection needs is missing, cannot be opened, or has no key to be sealed to: then the
   * call must not go on.
   */
  for(connection: Connection, publicKey: string | undefined): GatewayConnection | null {
    const etag = etagOf(connection);
    const cacheKey = `${publicKey ?? ''}|${etag}`;
    const known = this.#sealed.get(cacheKey);
    if (known) return known;
    const auth = sealedAuth(connection, publicKey, etag);
    if (auth === null) return null;
    const { id, slug, upstreamUrl, identity, errorProfile } = connection;
    const sealed: GatewayConnection = { id, slug, etag, upstreamUrl, auth, identity, errorProfile };
    this.#sealed.set(cacheKey, sealed);
    return sealed;
  }
}

function sealedAuth(
  connection: Connection,
  publicKey: string | undefined,
  etag: string,
): GatewayConnection['auth'] | null {
  if (connection.authType === 'none') return { type: 'none' };
  if (connection.credential === null || publicKey === undefined) return null;
  let credential;
  try {
    credential = sealSecret(connection.credential.open(), publicKey, etag);
  } catch {
    // Whatever failed may carry the secret; the caller reports the connection, not the cause.
    return null;
  }
  if (connection.authType === 'bearer') return { type: 'bearer', credential };
  return connection.authHeaderName === null
    ? null
    : { type: 'header', header: connection.authHeaderName, credential };
}
