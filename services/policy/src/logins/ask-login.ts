import { LOGIN_RESOLVE_PATH, loginResolveResponseSchema, type Login } from '@portcullis/contracts';
import type { InternalClient } from '@portcullis/service';

/** Longer than whoever asks waits: what is learned late serves the next question. */
const TIMEOUT_MS = 2_000;

/** Whose login cookie has this digest, by the api service; null when it is nobody's. */
export async function askLogin(api: InternalClient, digest: string): Promise<Login | null> {
  return loginResolveResponseSchema.parse(
    await api.post(LOGIN_RESOLVE_PATH, { digest }, { timeoutMs: TIMEOUT_MS }),
  ).login;
}
