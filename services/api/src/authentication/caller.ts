import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor, Principal } from '@portcullis/contracts';
import type { FastifyRequest } from 'fastify';
import type { SignedInPerson } from './caller-identification.js';

export { hasScope, mayGrant } from '@portcullis/contracts';

/** The authenticated caller of a REST request. */
export interface Caller {
  readonly principal: Principal;
  readonly actor: Actor;
  /** Who signed in; null (or absent) for an API key. */
  readonly person?: SignedInPerson | null;
}

const callers = new WeakMap<FastifyRequest, Caller>();
const people = new WeakMap<FastifyRequest, SignedInPerson>();

export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

export function rememberPerson(request: FastifyRequest, person: SignedInPerson): void {
  people.set(request, person);
}

/** The caller the guard identified. Public routes have none and must not ask. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('a public route asked for its caller');
  return caller;
});

/** Who signed in, on routes whose access is `signed-in`. */
export const CurrentPerson = createParamDecorator((_: unknown, context: ExecutionContext): SignedInPerson => {
  const person = people.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (person === undefined) throw new Error('a route that is not for people asked who signed in');
  return person;
});
