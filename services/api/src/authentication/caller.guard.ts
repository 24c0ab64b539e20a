import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { routeOf } from '../http/route.decorators.js';
import { CallerIdentification } from './caller-identification.js';
import { hasScope, rememberCaller, rememberPerson, type Caller } from './caller.js';
import { shownCredential } from './credential.js';
import { OWN_ORIGINS, refuseForeignPage, type OwnOrigins } from './request-origin.js';

/** Whether login cookies are `Secure`, and named so. */
export const SECURE_COOKIES = Symbol('SECURE_COOKIES');

/** Identifies the caller by API key or login cookie, and checks what its route asks for. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    @Inject(CallerIdentification) private readonly identification: CallerIdentification,
    @Inject(OWN_ORIGINS) private readonly origins: OwnOrigins,
    @Inject(SECURE_COOKIES) private readonly secureCookies: boolean,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { access } = routeOf(context);
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    // Every answer belongs to one caller, some hold a secret that is shown once: no cache on the way keeps any.
    void http
      .getResponse<FastifyReply>()
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff');
    const credential = shownCredential(request.headers, this.secureCookies);
    // Keys are sent on purpose. Public writes are checked too: a page must not sign anybody in either.
    if (credential.type !== 'api_key')
      refuseForeignPage(request, { cookie: credential.type === 'cookie', origins: this.origins });
    if (access === 'public') return true;
    try {
      if (access === 'signed-in') {
        if (credential.type === 'api_key') {
          throw new ProblemError({
            code: 'auth.sign_in_required',
            status: 403,
            title: 'This is for people who signed in, not for API keys.',
          });
        }
        rememberPerson(request, await this.identification.person(credential));
        return true;
      }
      const caller = await this.identification.caller(credential);
      if (access !== 'authenticated' && !hasScope(caller.principal.scopes, access.scope))
        throw lacking(caller, access.scope);
      rememberCaller(request, caller);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) {
        void context
          .switchToHttp()
          .getResponse<FastifyReply>()
          .header('www-authenticate', 'Bearer realm="portcullis"');
      }
      throw error;
    }
  }
}

function lacking({ principal }: Caller, scope: string): ProblemError {
  const title = principal.type === 'user' ? 'Your role does not allow this.' : 'The API key lacks a scope.';
  return new ProblemError({
    code: 'auth.insufficient_scope',
    status: 403,
    title,
    detail: `This needs the scope ${scope}.`,
  });
}
