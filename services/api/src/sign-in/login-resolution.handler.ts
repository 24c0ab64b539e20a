import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LOGIN_RESOLVE_PATH, loginResolveRequestSchema } from '@portcullis/contracts';
import type { InternalHandler } from '@portcullis/service';
import type { LoginStore } from './login-store.js';

/** Whose login a cookie is, for the policy service: a gateway's callers may show one. */
export function loginResolutionHandler(logins: Pick<LoginStore, 'find'>): InternalHandler {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== LOGIN_RESOLVE_PATH || request.method !== 'POST') return false;
    answer(request, logins).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      () =>
        response
          .writeHead(503, { 'content-type': 'application/problem+json' })
          .end(
            '{"type":"about:blank","title":"Logins cannot be looked up","status":503,"code":"login.unavailable"}',
          ),
    );
    return true;
  };
}

/** The deployment's own services ask: the listener lets nobody else in. */
async function answer(request: IncomingMessage, logins: Pick<LoginStore, 'find'>) {
  const { digest } = loginResolveRequestSchema.parse(JSON.parse((await buffer(request)).toString('utf8')));
  const login = await logins.find(digest);
  if (login === null || login.tenantId === null || !login.joined.includes(login.tenantId))
    return { login: null };
  const { session, user, tenantId } = login;
  return { login: { sessionId: session.id, email: user.email, tenantId, expiresAt: session.expiresAt } };
}
