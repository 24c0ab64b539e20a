import type { IncomingMessage, ServerResponse } from 'node:http';
import { MEMBERSHIPS_PATH, membershipsRequestSchema, type Membership } from '@portcullis/contracts';
import type { InternalHandler } from '@portcullis/service';
import { readBody, sendJson, sendProblem } from '../evaluation/http-exchange.js';
import type { Member, Organization } from '../state/organization.js';

export interface MembershipsHandlerDeps {
  readonly organizations: ReadonlyMap<string, Organization>;
  /** A replica that is not up to date would let in who was removed. */
  readonly fresh: () => boolean;
}

const BODY_LIMIT = 32 * 1024;

/** Which organizations list an address: what the api service asks with every request of somebody who signed in. */
export function createMembershipsHandler({ organizations, fresh }: MembershipsHandlerDeps): InternalHandler {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== MEMBERSHIPS_PATH) return false;
    if (request.method !== 'POST') {
      sendProblem(response, 405, 'request.method_not_allowed');
      return true;
    }
    readBody(request, BODY_LIMIT, (body) => {
      if (body === null) return sendProblem(response, 413, 'request.too_large');
      const asked = membershipsRequestSchema.safeParse(parsed(body));
      if (!asked.success) return sendProblem(response, 400, 'request.malformed');
      if (!fresh())
        return sendProblem(response, 503, 'policy.unavailable', 'This replica is not up to date.');
      const { email, tenantIds } = asked.data;
      sendJson(
        response,
        200,
        JSON.stringify({ memberships: membershipsOf(organizations, email, tenantIds) }),
      );
    });
    return true;
  };
}

function membershipsOf(
  organizations: ReadonlyMap<string, Organization>,
  email: string,
  tenantIds: readonly string[],
): Membership[] {
  return tenantIds.flatMap((tenantId) => {
    const organization = organizations.get(tenantId);
    const member = organization && memberOf(organization, email);
    return organization && member
      ? [
          {
            organization: { id: organization.id, name: organization.name },
            memberId: member.id,
            name: member.name,
            role: member.role,
          },
        ]
      : [];
  });
}

/** The member with this address; addresses are kept in lower case, and occur once. */
export function memberOf(organization: Organization, email: string): Member | undefined {
  const address = email.toLowerCase();
  for (const member of organization.members.values()) if (member.email === address) return member;
  return undefined;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
