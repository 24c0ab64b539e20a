import { Inject, Injectable } from '@nestjs/common';
import { ActivityLog } from '../activity/activity-log.js';
import { Accounts, type Visitor } from './accounts.js';
import type { Login } from './login-store.js';
import { invalidCredentials, SignIn } from './sign-in.js';

/** Changes of passwords by those who know them. */
@Injectable()
export class Passwords {
  constructor(
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(SignIn) private readonly signIn: SignIn,
    @Inject(ActivityLog) private readonly activity: ActivityLog,
  ) {}

  /** Ends the person's other logins and says how many. A stolen cookie is no way to guess the password: attempts are limited. */
  async change(
    login: Login,
    { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
    visitor: Visitor,
  ): Promise<number> {
    const { user, tenantId } = login;
    const isTheirs = await this.signIn.attempt(user.email, visitor, (taker) =>
      this.accounts.isPassword(user.id, currentPassword, taker),
    );
    if (!isTheirs) throw invalidCredentials();
    await this.accounts.changePassword(user.id, newPassword);
    const endedLogins = await this.signIn.endOthers(login, 'password_changed');
    if (tenantId !== null) {
      await this.activity.record({
        type: 'PasswordChanged',
        tenantId,
        actor: { type: 'user', id: user.id, name: user.name },
        data: {
          userId: user.id,
          email: user.email,
          endedLogins,
          sourceIp: visitor.address,
          userAgent: visitor.userAgent,
        },
      });
    }
    return endedLogins;
  }
}
