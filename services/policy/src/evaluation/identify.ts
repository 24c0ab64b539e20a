import type { CallerCredential, Login, RefusalReason } from '@portcullis/contracts';
import type { KnownLogins } from '../logins/known-logins.js';
import { loginHolder } from '../logins/login-holder.js';
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
  logins: Pick<KnownLogins, 'get'> | undefined,
): Identified {
  if (credential.type === 'cookie') return signedIn(state, logins?.get(credential.digest) ?? null, now);
  // A keyed hash decides about the comparison's timing: whoever learns from it would need the pepper to use it.
  const key = state.keysByHash.get(hasher.hash(credential.digest));
  if (!key) return UNKNOWN;
  if (key.revoked || key.expiresAt <= now) return { key, refusal: 'auth.revoked' };
  return { key, refusal: null };
}

/** What was not looked up first is nobody's. */
function signedIn(state: PolicyState, login: Login | null, now: number): Identified {
  const key = login === null ? undefined : loginHolder(state, login);
  if (!key) return UNKNOWN;
  return key.expiresAt > now ? { key, refusal: null } : { key, refusal: 'auth.revoked' };
}
