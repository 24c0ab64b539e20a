import { Inject, Injectable } from '@nestjs/common';
import { ROLE_SCOPES, type Membership, type Principal } from '@portcullis/contracts';
import { ProblemError } from '@portcullis/service';
import { PolicyService } from '../policy-service/policy-service.js';
import { LoginStore, type Login } from '../sign-in/login-store.js';
import type { Caller } from './caller.js';
import type { ShownCredential } from './credential.js';

/** Somebody who signed in, and what they are where. */
export interface SignedInPerson {
  readonly login: Login;
  /** Organizations that list the person, in the order they were joined. */
  readonly memberships: readonly Membership[];
  /** Of the organization the person works in; null when they are in none. */
  readonly membership: Membership | null;
}

/**
 * Whose credential it is. Asked anew for every request, so that what was revoked is refused at once. Rejects with a
 * `ProblemError`: 401 `auth.required`, `auth.invalid`, `auth.revoked`; 403 `auth.no_organization`.
 */
@Injectable()
export class CallerIdentification {
  constructor(
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(LoginStore) private readonly logins: LoginStore,
  ) {}

  async caller(credential: ShownCredential): Promise<Caller> {
    if (credential.type !== 'cookie') return callerOf(await this.keyHolder(credential), null);
    const person = await this.person(credential);
    if (person.membership === null) {
      throw new ProblemError({
        code: 'auth.no_organization',
        status: 403,
        title: 'You are not a member of an organization any more.',
      });
    }
    return callerOf(principalOf(person.membership), person);
  }

  /** Who signed in, member of an organization or not. */
  async person(credential: ShownCredential): Promise<SignedInPerson> {
    if (credential.type === 'none') throw refused('auth.required', 'You are not signed in.');
    const login =
      credential.type === 'cookie' && credential.digest !== ''
        ? await this.logins.find(credential.digest)
        : null;
    if (login === null) throw refused('auth.invalid', 'You are not signed in any more.');
    const memberships = await this.policy.memberships(login.user.email, login.joined);
    const chosen = memberships.find(({ organization }) => organization.id === login.tenantId);
    // Who has left an organization must not find their next write in another: it is chosen again, or by `me`.
    return { login, memberships, membership: chosen ?? null };
  }

  private async keyHolder(credential: ShownCredential): Promise<Principal> {
    if (credential.type !== 'api_key') throw refused('auth.required', 'An API key or a login is required.');
    const { principal, reason } =
      credential.digest === null
        ? { principal: null, reason: 'auth.invalid' }
        : await this.policy.authenticate({ type: 'api_key', digest: credential.digest });
    if (principal !== null) return principal;
    throw refused(
      reason ?? 'auth.invalid',
      reason === 'auth.revoked' ? 'The API key is revoked or has expired.' : 'The API key is not valid.',
    );
  }
}

function callerOf(principal: Principal, person: SignedInPerson | null): Caller {
  return { principal, actor: { type: principal.type, id: principal.id, name: principal.name }, person };
}

function principalOf({ organization, memberId, name, role }: Membership): Principal {
  return {
    type: 'user',
    id: memberId,
    tenantId: organization.id,
    name,
    scopes: [...ROLE_SCOPES[role]],
    ownerId: memberId,
    connections: null,
  };
}

function refused(code: string, title: string): ProblemError {
  return new ProblemError({ code, status: 401, title });
}
