import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { mayGrant, ROLE_SCOPES, type OrganizationView, type Role } from '@portcullis/contracts';
import { ProblemError } from '@portcullis/service';
import { ActivityLog } from '../activity/activity-log.js';
import type { Caller } from '../authentication/caller.js';
import { newId } from '../new-id.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { Accounts, LEAST_PASSWORD, type Visitor } from '../sign-in/accounts.js';
import type { Login } from '../sign-in/login-store.js';
import { LoginStore } from '../sign-in/login-store.js';
import { invalidCredentials, SignIn } from '../sign-in/sign-in.js';
import { InvitationStore, type Invitation } from './invitation.js';

const LASTS_MS = 7 * 24 * 3_600_000;
const MOST_OPEN = 500;

/** How people become members: by a link that works once. The rights to give are looked at when it is made and when it is taken. */
@Injectable()
export class Invitations {
  constructor(
    @Inject(InvitationStore) private readonly store: InvitationStore,
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(LoginStore) private readonly logins: LoginStore,
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(SignIn) private readonly signIn: SignIn,
    @Inject(ActivityLog) private readonly activity: ActivityLog,
  ) {}

  list({ principal }: Caller): Promise<Invitation[]> {
    return this.store.list(principal.tenantId);
  }

  async create(
    { principal, actor, person }: Caller,
    email: string,
    role: Role,
  ): Promise<{ invitation: Invitation; token: string }> {
    refuseOverreach(principal.scopes, role, person?.membership?.role ?? null);
    const token = randomBytes(32).toString('base64url');
    const now = Date.now();
    const invitation: Invitation = {
      id: newId(),
      tenantId: principal.tenantId,
      email: email.toLowerCase(),
      role,
      invitedBy: actor,
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + LASTS_MS).toISOString(),
    };
    if (!(await this.store.add(invitation, digestOf(token), MOST_OPEN))) {
      throw new ProblemError({
        code: 'invitation.limit_reached',
        status: 409,
        title: `An organization has at most ${MOST_OPEN} open invitations.`,
      });
    }
    const { id: invitationId, expiresAt } = invitation;
    await this.activity.record({
      type: 'InvitationCreated',
      tenantId: principal.tenantId,
      actor,
      data: { invitationId, email: invitation.email, role, expiresAt },
    });
    return { invitation, token };
  }

  async revoke({ principal, actor }: Caller, id: string): Promise<Invitation> {
    const invitation = await this.store.remove(principal.tenantId, id);
    if (invitation === null) throw noInvitation();
    const { email, role } = invitation;
    await this.activity.record({
      type: 'InvitationRevoked',
      tenantId: principal.tenantId,
      actor,
      data: { invitationId: id, email, role },
    });
    return invitation;
  }

  async describe(token: string) {
    const invitation = await this.found(token);
    const organization = await this.policy.one({ principal: invitation }, { type: 'organization' });
    const { id, name } = organization.data as OrganizationView;
    const { email, role, expiresAt } = invitation;
    return {
      organization: { id, name },
      email,
      role,
      hasAccount: (await this.logins.findUser(email)) !== null,
      expiresAt,
    };
  }

  /** Joins and signs in. An address that has an account joins with that account's password, and keeps it. */
  async accept(
    { token, name, password }: { token: string; name?: string | undefined; password: string },
    visitor: Visitor,
  ): Promise<{ login: Login; cookies: readonly string[] }> {
    const { email } = await this.found(token);
    const user = await this.logins.findUser(email);
    if (user !== null) {
      const isTheirs = await this.signIn.attempt(email, visitor, (taker) =>
        this.accounts.isPassword(user.id, password, taker),
      );
      if (!isTheirs) throw invalidCredentials();
    } else if (password.length < LEAST_PASSWORD) {
      throw new ProblemError({
        code: 'request.invalid',
        status: 400,
        title: 'The request is not valid.',
        issues: [{ pointer: '/password', message: `at least ${LEAST_PASSWORD} characters` }],
      });
    }
    const joined = await this.store.accept(digestOf(token), (invitation) =>
      this.join(invitation, user?.id ?? null, name ?? user?.name ?? email, password, visitor),
    );
    if (joined === null) throw noInvitation();
    return this.signIn.begin(email, password, visitor);
  }

  private async join(
    invitation: Invitation,
    known: string | null,
    name: string,
    password: string,
    visitor: Visitor,
  ): Promise<true> {
    const { id: invitationId, tenantId, email, role, invitedBy: actor } = invitation;
    try {
      await this.policy.command({ principal: { tenantId }, actor }, { type: 'AddMember', email, name, role });
    } catch (error) {
      // Listed already: the invitation lets them in as what they are.
      if (!(error instanceof ProblemError && error.code === 'member.email_taken')) throw error;
    }
    const userId = known ?? (await this.accounts.create(email, name, password));
    // Somebody made the account meanwhile, with a password that was not shown here.
    if (userId === null) throw invalidCredentials();
    await this.logins.join(userId, tenantId);
    await this.activity.record({
      type: 'InvitationAccepted',
      tenantId,
      actor: { type: 'user', id: userId, name },
      data: {
        invitationId,
        email,
        role,
        userId,
        newAccount: known === null,
        sourceIp: visitor.address,
        userAgent: visitor.userAgent,
      },
    });
    return true;
  }

  private async found(token: string): Promise<Invitation> {
    const invitation = await this.store.find(digestOf(token));
    if (invitation === null) throw noInvitation();
    return invitation;
  }
}

/** What can be told here already; the policy service decides when the invitation is taken. */
function refuseOverreach(scopes: readonly string[], role: Role, callersRole: Role | null): void {
  if (role === 'owner' && callersRole !== 'owner' && (callersRole !== null || !scopes.includes('admin'))) {
    throw new ProblemError({
      code: 'member.owner_required',
      status: 403,
      title: 'Only an owner makes owners.',
    });
  }
  const missing = ROLE_SCOPES[role].find((scope) => !mayGrant(scopes, scope));
  if (missing === undefined) return;
  throw new ProblemError({
    code: 'member.role_not_held',
    status: 403,
    title: 'A role cannot be given by who lacks its rights.',
    detail: `Missing: ${missing}.`,
  });
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Used, taken back, expired or never made: all one. */
function noInvitation(): ProblemError {
  return new ProblemError({
    code: 'invitation.not_found',
    status: 404,
    title: 'This invitation does not exist, was used, or has expired.',
  });
}
