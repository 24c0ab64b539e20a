import { LOGIN_RESOLVE_PATH, loginResolveResponseSchema, type Login } from '@portcullis/contracts';
import type { InternalClient } from '@portcullis/service';

/** Less than a gateway waits for a decision. */
const TIMEOUT_MS = 200;

/** Whose login cookie has this digest, by the api service; null when it is nobody's. */
export async function askLogin(api: InternalClient, digest: string): Promise<Login | null> {
  return loginResolveResponseSchema.parse(await api.post(LOGIN_RESOLVE_PATH, { digest }, { timeoutMs: TIMEOUT_MS })).login;
}
