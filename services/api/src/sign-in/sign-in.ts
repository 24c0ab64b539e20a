import { Inject, Injectable } from '@nestjs/common';
import type { ApiActivityData, Membership } from '@portcullis/contracts';
import { ProblemError } from '@portcullis/service';
import type { Logger } from 'pino';
import { ActivityLog, type RecordedActivity } from '../activity/activity-log.js';
import { RefusedSignIns } from '../activity/refused-sign-ins.js';
import type { SignedInPerson } from '../authentication/caller-identification.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { AccessChanges } from './access-changes.js';
import { Accounts, type SignedIn, type Visitor } from './accounts.js';
import { AttemptLimits } from './attempt-limits.js';
import { LoginStore, type EndedLogin, type Login } from './login-store.js';
import type { TurnTaker } from './password-turns.js';
import { TryAgainLater } from './try-again-later.js';

export const SIGN_IN_LOGGER = Symbol('SIGN_IN_LOGGER');

type EndReason = ApiActivityData<'LoginEnded'>['reason'];

/** How logins begin and end. */
@Injectable()
export class SignIn {
  constructor(
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(LoginStore) private readonly logins: LoginStore,
    @Inject(PolicyService) private readonly policy: PolicyService,
    @Inject(AttemptLimits) private readonly limits: AttemptLimits,
    @Inject(ActivityLog) private readonly activity: ActivityLog,
    @Inject(RefusedSignIns) private readonly refused: RefusedSignIns,
    @Inject(AccessChanges) private readonly changes: AccessChanges,
    @Inject(SIGN_IN_LOGGER) private readonly logger: Logger,
  ) {}

  /** Rejects with 401 `auth.invalid_credentials`, 403 `auth.no_organization`, 429 `auth.too_many_attempts`. */
  async begin(
    email: string,
    password: string,
    visitor: Visitor,
  ): Promise<{ login: Login; cookies: readonly string[] }> {
    const address = email.toLowerCase();
    const signedIn = await this.attempt(address, visitor, (taker) =>
      this.accounts.signIn(address, password, visitor, taker),
    );
    if (!signedIn) {
      // Not waited for: it would tell by its time whether there is such an account.
      this.failed(address, visitor).catch((error: unknown) =>
        this.logger.warn({ err: error }, 'a failed sign-in could not be recorded'),
      );
      throw invalidCredentials();
    }
    return { login: await this.enter(signedIn, visitor), cookies: signedIn.cookies };
  }

  /**
   * An attempt at a password, counted unless it is right. `look` is told who asks for a turn.
   * Rejects with 429 `auth.too_many_attempts`.
   */
  async attempt<Result>(
    email: string,
    visitor: Visitor,
    look: (taker: TurnTaker) => Promise<Result>,
  ): Promise<Result> {
    const attempt = this.limits.begin(email, visitor.address);
    if ('retryAfterMs' in attempt) {
      this.refused.count(visitor.address, 'too_many_attempts');
      throw tooManyAttempts(attempt.retryAfterMs);
    }
    try {
      const result = await look(attempt);
      if (result) attempt.succeeded();
      return result;
    } catch (error) {
      attempt.untried();
      throw error;
    }
  }

  /** Ends one login, here and at the gateways. */
  async end({ user }: Pick<Login, 'user'>, sessionId: string, reason: EndReason): Promise<boolean> {
    const ended = await this.logins.end(user.id, sessionId);
    if (ended === null) return false;
    await this.announceEnd(user, [ended], reason);
    return true;
  }

  async endOthers({ user, session }: Login, reason: EndReason): Promise<number> {
    const ended = await this.logins.endOthers(user.id, session.id);
    await this.announceEnd(user, ended, reason);
    return ended.length;
  }

  /** Works in another organization from now on. */
  async choose(
    { login, memberships }: SignedInPerson,
    organizationId: string,
  ): Promise<Membership['organization']> {
    const membership = memberships.find(({ organization }) => organization.id === organizationId);
    if (membership === undefined)
      throw new ProblemError({ code: 'organization.not_found', status: 404, title: 'No such organization.' });
    if (login.tenantId === organizationId) return membership.organization;
    const { user, session } = login;
    // Other replicas hear of it from the log, and end what is open there for the other one.
    await this.activity.record({
      type: 'OrganizationChosen',
      tenantId: organizationId,
      actor: { type: 'user', id: membership.memberId, name: membership.name },
      data: { userId: user.id, email: user.email, loginId: session.id },
    });
    await this.logins.chooseOrganization(session.id, organizationId);
    this.changes.tell(session.id);
    // What is open at gateways was for the other one, too.
    if (login.tenantId !== null)
      await this.tellGateways(user.email, [
        { sessionId: session.id, tenantId: login.tenantId, goesOn: true },
      ]);
    return membership.organization;
  }

  /** A session exists; it is used only if there is somewhere to work, and it is on record. */
  private async enter({ token }: SignedIn, visitor: Visitor): Promise<Login> {
    const login = await this.logins.findByToken(token);
    if (login === null) throw new Error('a login ended while it began');
    const { user, session } = login;
    try {
      const [first] = await this.policy.memberships(user.email, login.joined);
      if (first === undefined) {
        await this.activity.record(...failuresOf(login.joined, user, 'no_organization', visitor));
        throw new ProblemError({
          code: 'auth.no_organization',
          status: 403,
          title: 'You are not a member of an organization any more.',
        });
      }
      const tenantId = first.organization.id;
      await this.logins.chooseOrganization(session.id, tenantId);
      await this.activity.record({
        type: 'SignedIn',
        tenantId,
        actor: { type: 'user', id: first.memberId, name: first.name },
        data: {
          userId: user.id,
          email: user.email,
          loginId: session.id,
          sourceIp: visitor.address,
          userAgent: visitor.userAgent,
        },
      });
      return { ...login, tenantId };
    } catch (error) {
      await this.logins.end(user.id, session.id);
      throw error;
    }
  }

  private async failed(email: string, visitor: Visitor): Promise<void> {
    const user = await this.logins.findUser(email);
    if (user === null) this.refused.count(visitor.address, 'unknown_account');
    else
      await this.activity.record(
        ...failuresOf(user.joined, { id: user.id, email, name: user.name }, 'invalid_credentials', visitor),
      );
  }

  /** Should policy be out of reach, it forgets the logins by itself within 30 s. */
  private async tellGateways(
    email: string,
    ended: readonly { sessionId: string; tenantId: string; goesOn?: boolean }[],
  ): Promise<void> {
    try {
      await this.policy.loginsEnded(email, ended);
    } catch (error) {
      this.logger.warn({ err: error }, 'the end of a login could not be told to the policy service');
    }
  }

  private async announceEnd(
    user: Login['user'],
    ended: readonly EndedLogin[],
    reason: EndReason,
  ): Promise<void> {
    this.changes.tell(...ended.map(({ sessionId }) => sessionId));
    const known = ended.filter((one): one is EndedLogin & { tenantId: string } => one.tenantId !== null);
    await this.tellGateways(user.email, known);
    await this.activity.record(
      ...known.map(({ sessionId, tenantId }) => ({
        type: 'LoginEnded' as const,
        tenantId,
        actor: { type: 'user' as const, id: user.id, name: user.name },
        data: { userId: user.id, email: user.email, loginId: sessionId, reason },
      })),
    );
  }
}

/** Organizations that are told of a failure at one account. */
const MOST_TOLD = 20;

function failuresOf(
  joined: readonly string[],
  user: Login['user'],
  reason: ApiActivityData<'SignInFailed'>['reason'],
  visitor: Visitor,
): RecordedActivity[] {
  return joined.slice(0, MOST_TOLD).map((tenantId) => ({
    type: 'SignInFailed',
    tenantId,
    actor: { type: 'user', id: user.id, name: user.name },
    data: {
      userId: user.id,
      email: user.email,
      reason,
      sourceIp: visitor.address,
      userAgent: visitor.userAgent,
    },
  }));
}

function tooManyAttempts(retryAfterMs: number): TryAgainLater {
  const title = 'Too many attempts. Try again later.';
  return new TryAgainLater(
    { code: 'auth.too_many_attempts', status: 429, title },
    Math.ceil(retryAfterMs / 1_000),
  );
}

/** The same words whether there is no such account or the password is another. */
export function invalidCredentials(): ProblemError {
  return new ProblemError({
    code: 'auth.invalid_credentials',
    status: 401,
    title: 'No account has this email address and password.',
  });
}
