import { ROLE_SCOPES, type Login } from '@portcullis/contracts';
import { memberOf } from '../members/memberships-handler.js';
import type { ApiKey } from '../state/organization.js';
import type { PolicyState } from '../state/policy-state.js';

/**
 * A member who signed in, as the evaluator knows callers: their id in place of a key's, bound to their own address, with
 * what their role may do now. Undefined when the organization does not list them.
 */
export function loginHolder(state: PolicyState, { email, tenantId, expiresAt }: Login): ApiKey | undefined {
  const organization = state.organizations.get(tenantId);
  const member = organization && memberOf(organization, email);
  if (!organization || !member) return undefined;
  const scopes = ROLE_SCOPES[member.role];
  return {
    id: member.id,
    organization,
    label: member.name,
    agent: null,
    scopes,
    mayCall: scopes.includes('mcp'),
    connections: null,
    boundUser: member.email,
    ownerId: member.id,
    expiresAt: Date.parse(expiresAt),
    revoked: false,
  };
}
