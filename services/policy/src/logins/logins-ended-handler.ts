import type { IncomingMessage, ServerResponse } from 'node:http';
import { LOGINS_ENDED_PATH, loginsEndedSchema } from '@portcullis/contracts';
import type { InternalHandler } from '@portcullis/service';
import type { ControlHub } from '../control/control-hub.js';
import { readBody, sendJson, sendProblem } from '../evaluation/http-exchange.js';
import { memberOf } from '../members/memberships-handler.js';
import type { PolicyState } from '../state/policy-state.js';
import type { KnownLogins } from './known-logins.js';

export interface LoginsEndedDeps {
  readonly state: PolicyState;
  readonly logins: KnownLogins;
  readonly hub: Pick<ControlHub, 'announce'>;
}

const BODY_LIMIT = 64 * 1024;

/** Logins are over: their cookies are nobody's, and gateways close what is open for their people. */
export function createLoginsEndedHandler({ state, logins, hub }: LoginsEndedDeps): InternalHandler {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== LOGINS_ENDED_PATH) return false;
    readBody(request, BODY_LIMIT, (body) => {
      if (body === null) return sendProblem(response, 413, 'request.too_large');
      const ended = loginsEndedSchema.safeParse(parsed(body));
      if (!ended.success) return sendProblem(response, 400, 'request.malformed');
      for (const { sessionId, tenantId, goesOn } of ended.data.logins) {
        if (goesOn === true) logins.moved(sessionId);
        else logins.ended(sessionId);
        const organization = state.organizations.get(tenantId);
        const member = organization && memberOf(organization, ended.data.email);
        if (!member) continue;
        const reach = { tenantId, keyId: member.id };
        hub.announce([
          {
            type: 'stopped',
            reach,
            mode: 'stop',
            reason: goesOn === true ? 'The login works in another organization.' : 'The login has ended.',
            cause: 'key_revoked',
            position: state.position,
          },
        ]);
      }
      sendJson(response, 200, '{}');
    });
    return true;
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
