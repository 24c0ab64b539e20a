import type { PolicyDocument } from '@portcullis/contracts';
import { checkPolicy } from '../src/check-policy.js';
import { compile, type CompiledPolicies, type PolicySource } from '../src/compile.js';
import type { PolicyRequest } from '../src/policy-request.js';

/** Monday 2027-01-04 09:30 UTC. */
export const NOW = Date.UTC(2027, 0, 4, 9, 30);

export const request = (over: Partial<PolicyRequest> = {}): PolicyRequest => ({
  organizationId: 'o1',
  connection: { id: 'c1', slug: 'stripe', name: 'Stripe' },
  kind: 'tool',
  method: 'tools/call',
  name: 'refund',
  now: NOW,
  ...over,
});

export const documentOf = (rules: unknown[], over: object = {}): PolicyDocument => {
  const { document, errors } = checkPolicy({ name: 'p', rules, ...over });
  if (!document) throw new Error(JSON.stringify(errors));
  return document;
};

export const source = (rules: unknown[], over: Partial<PolicySource> = {}): PolicySource => ({
  id: 'p1',
  name: 'p',
  revision: 1,
  scope: 'organization',
  order: 0,
  document: documentOf(rules),
  ...over,
});

export const tool = (name: string) => ({ kind: 'mcp_tool', tool: name });

/** One policy for the organization; nothing else. */
export const policiesOf = (rules: unknown[], over: object = {}): CompiledPolicies =>
  compile([source([], { document: documentOf(rules, over) })], { defaultAction: 'deny' });
