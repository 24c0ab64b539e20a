import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor, Principal, Scope } from '@portcullis/contracts';
import type { FastifyRequest } from 'fastify';

/** The authenticated caller of a REST request. */
export interface Caller {
  readonly principal: Principal;
  readonly actor: Actor;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export function rememberCaller(request: FastifyRequest, principal: Principal): void {
  callers.set(request, {
    principal,
    actor: { type: principal.type, id: principal.id, name: principal.name },
  });
}

/** The caller the guard identified. Public routes have none and must not ask. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('a public route asked for its caller');
  return caller;
});

/** `admin` includes every scope but `mcp`; `<area>:write` includes `<area>:read`. */
export function hasScope(scopes: readonly string[], wanted: Scope): boolean {
  if (scopes.includes(wanted)) return true;
  if (wanted !== 'mcp' && scopes.includes('admin')) return true;
  return wanted.endsWith(':read') && scopes.includes(wanted.replace(/:read$/, ':write'));
}

/** Whether a key may hand a scope to a key it creates. An administrator may make agents' keys though it is no agent. */
export function mayGrant(scopes: readonly string[], wanted: Scope): boolean {
  return hasScope(scopes, wanted) || (wanted === 'mcp' && hasScope(scopes, 'keys:write'));
}
