import type { GatewayConnection } from '@portcullis/contracts';

/** Where the credential of a connection comes from in the clear. */
export interface CredentialSource {
  /** Null for connections without one. Throws when it cannot be opened. */
  credential(connection: GatewayConnection): string | null;
}

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/;

/**
 * The request's headers with the connection's credential; a header of the same name is replaced. Throws when the
 * credential is none, or holds what would end the header. The message does not contain it.
 */
export function withCredential(
  headers: Record<string, string>,
  connection: GatewayConnection,
  source: CredentialSource,
): Record<string, string> {
  const { auth } = connection;
  if (auth.type === 'none') return headers;
  const credential = source.credential(connection);
  if (credential === null || !HEADER_VALUE.test(credential))
    throw new Error('the credential is no header value');
  if (auth.type === 'bearer') return { ...headers, authorization: `Bearer ${credential}` };
  return { ...headers, [auth.header.toLowerCase()]: credential };
}
