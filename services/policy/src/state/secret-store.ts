/**
 * What `policy.secrets` holds for one `secretId`. Secrets never occur in events; the follower loads them beside the
 * events that name them.
 */
export type LoadedSecret =
  /** The keyed hash of an API key, exactly as `KeyHasher.hash` gives it. */
  | { readonly kind: 'api_key'; readonly hash: string }
  /** A connection's credential; it stays sealed in memory and is opened only to be sealed to a gateway. */
  | { readonly kind: 'credential'; open(): string };

export interface SecretStore {
  /**
   * One round trip for all ids. Ids that are gone (a rotated credential) are left out of the answer: what needs them
   * is then unusable, never open. A secret is visible as soon as the event that names it is.
   */
  load(secretIds: readonly string[]): Promise<ReadonlyMap<string, LoadedSecret>>;
}

/** HMAC-SHA256 of an API key's digest (lower-case hex SHA-256) with the deployment's pepper. On the path of every call. */
export interface KeyHasher {
  hash(digest: string): string;
}
