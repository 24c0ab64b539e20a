import { createHash } from 'node:crypto';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ProblemError } from '@portcullis/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { routeOf } from '../http/route.decorators.js';
import { PolicyService } from '../policy-service/policy-service.js';
import { hasScope, rememberCaller } from './caller.js';

const KEY_PATTERN = /^ig_[0-9A-Za-z]{40}$/;

/**
 * Identifies the caller by API key and checks the scope its route asks for. Every request is asked anew, so that a
 * revoked key is refused at once.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(@Inject(PolicyService) private readonly policy: PolicyService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { access } = routeOf(context);
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = bearer(request.headers.authorization);
    if (key === undefined) throw this.challenge(context, 'auth.required', 'An API key is required.');
    const { principal, reason } = KEY_PATTERN.test(key)
      ? await this.policy.authenticate({ type: 'api_key', digest: createHash('sha256').update(key).digest('hex') })
      : { principal: null, reason: 'auth.invalid' };
    if (principal === null) {
      throw this.challenge(context, reason ?? 'auth.invalid', reason === 'auth.revoked' ? 'The API key is revoked or has expired.' : 'The API key is not valid.');
    }
    if (access !== 'authenticated' && !hasScope(principal.scopes, access.scope)) {
      throw new ProblemError({ code: 'auth.insufficient_scope', status: 403, title: 'The API key lacks a scope.', detail: `This needs the scope ${access.scope}.` });
    }
    rememberCaller(request, principal);
    return true;
  }

  private challenge(context: ExecutionContext, code: string, title: string): ProblemError {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    void reply.header('www-authenticate', 'Bearer realm="portcullis"');
    return new ProblemError({ code, status: 401, title });
  }
}

function bearer(header: string | undefined): string | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header ?? '');
  return match?.[1];
}
