import { CallerIdentification } from '../src/authentication/caller-identification.js';
import type { PolicyService } from '../src/policy-service/policy-service.js';
import type { LoginStore } from '../src/sign-in/login-store.js';

/** Nobody is signed in: for tests of API keys alone. */
export const noLogins = { find: () => Promise.resolve(null) } as unknown as LoginStore;

/** Identification by the keys a stand-in of the policy service knows. */
export function keyIdentification(policy: unknown): CallerIdentification {
  return new CallerIdentification(policy as PolicyService, noLogins);
}
