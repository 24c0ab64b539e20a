import { Controller, Inject, Req, Res } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECURE_COOKIES } from '../authentication/caller.guard.js';
import type { SignedInPerson } from '../authentication/caller-identification.js';
import { CurrentPerson } from '../authentication/caller.js';
import { ApiRoute, Input } from '../http/route.decorators.js';
import type { RouteInput } from '../http/route.js';
import { Accounts, type Visitor } from './accounts.js';
import { LoginStore } from './login-store.js';
import { Passwords } from './passwords.js';
import { cookieDigestOf } from './session-cookie.js';
import { SignIn } from './sign-in.js';
import {
  changePassword,
  chooseOrganization,
  endLogin,
  listLogins,
  signIn,
  signOut,
} from './sign-in.routes.js';
import { withRetryAfter } from './try-again-later.js';
import { CurrentVisitor } from './visitor.js';

@Controller()
export class SignInController {
  constructor(
    @Inject(SignIn) private readonly logins: SignIn,
    @Inject(LoginStore) private readonly store: LoginStore,
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(Passwords) private readonly passwords: Passwords,
    @Inject(SECURE_COOKIES) private readonly secureCookies: boolean,
  ) {}

  @ApiRoute(signIn)
  async signIn(
    @Input() { body }: RouteInput<typeof signIn>,
    @CurrentVisitor() visitor: Visitor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { login, cookies } = await withRetryAfter(reply, () =>
      this.logins.begin(body.email, body.password, visitor),
    );
    void reply.header('set-cookie', [...cookies]);
    return { data: { user: login.user }, meta: {} };
  }

  /** Never fails for want of a login: whoever signs out is signed out then. */
  @ApiRoute(signOut)
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const digest = cookieDigestOf(request.headers.cookie, this.secureCookies) ?? '';
    const login = digest === '' ? null : await this.store.find(digest);
    const signedOut = login !== null && (await this.logins.end(login, login.session.id, 'signed_out'));
    void reply.header('set-cookie', this.accounts.forget());
    return { data: { signedOut }, meta: {} };
  }

  @ApiRoute(listLogins)
  async list(@CurrentPerson() { login }: SignedInPerson) {
    const sessions = await this.store.list(login.user.id);
    return {
      data: sessions.map((session) => ({ ...session, current: session.id === login.session.id })),
      meta: {},
    };
  }

  @ApiRoute(endLogin)
  async end(@CurrentPerson() { login }: SignedInPerson, @Input() { params }: RouteInput<typeof endLogin>) {
    if (!(await this.logins.end(login, params.id, 'revoked'))) {
      throw new ProblemError({ code: 'login.not_found', status: 404, title: 'No such login.' });
    }
    return { data: { id: params.id }, meta: {} };
  }

  @ApiRoute(changePassword)
  async changePassword(
    @CurrentPerson() { login }: SignedInPerson,
    @Input() { body }: RouteInput<typeof changePassword>,
    @CurrentVisitor() visitor: Visitor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const endedSessions = await withRetryAfter(reply, () => this.passwords.change(login, body, visitor));
    return { data: { endedSessions }, meta: {} };
  }

  @ApiRoute(chooseOrganization)
  async choose(
    @CurrentPerson() person: SignedInPerson,
    @Input() { body }: RouteInput<typeof chooseOrganization>,
  ) {
    return { data: { organization: await this.logins.choose(person, body.organizationId) }, meta: {} };
  }
}
