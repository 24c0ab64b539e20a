import type { CallerCredential, RefusalReason } from '@portcullis/contracts';
import type { ApiKey } from '../state/organization.js';
import type { PolicyState } from '../state/policy-state.js';
import type { KeyHasher } from '../state/secret-store.js';

export type Identified =
  | { readonly key: ApiKey; readonly refusal: null }
  /** `key` is set when the caller is known although refused. */
  | { readonly key: ApiKey | null; readonly refusal: Extract<RefusalReason, `auth.${string}`> };

const UNKNOWN: Identified = { key: null, refusal: 'auth.invalid' };

/** Whose credential this is. What it may do is asked afterwards. */
export function identify(
  state: PolicyState,
  hasher: KeyHasher,
  credential: CallerCredential,
  now: number,
): Identified {
  // Login cookies are resolved by the api service, which has no sessions yet: none can be valid.
  if (credential.type !== 'api_key') return UNKNOWN;
  // A keyed hash decides about the comparison's timing: whoever learns from it would need the pepper to use it.
  const key = state.keysByHash.get(hasher.hash(credential.digest));
  if (!key) return UNKNOWN;
  if (key.revoked || key.expiresAt <= now) return { key, refusal: 'auth.revoked' };
  return { key, refusal: null };
}
