import { compile, type CompiledPolicies, type PolicySource } from '@portcullis/policy-engine';
import type { Connection, Organization, Policy } from './organization.js';

/** Why a connection's rules cannot decide; nothing may pass it until a policy changes. */
export class RulesUnusable extends Error {
  override readonly name = 'RulesUnusable';
  constructor(connectionId: string, options: ErrorOptions) {
    super(`The rules of connection ${connectionId} cannot be used.`, options);
  }
}

/**
 * The rules in force for a connection: its organization's policies, then its own. Compiled when first asked for after a
 * change, and only for the connections the change reaches. Throws `RulesUnusable`.
 */
export function ruleSetOf(connection: Connection): CompiledPolicies {
  const { rules } = connection;
  if (rules === null) return compileFor(connection);
  if (rules instanceof RulesUnusable) throw rules;
  return rules;
}

/** Forgets what a change of a policy made stale; null for the organization's own policies. */
export function dropRuleSets(organization: Organization, connectionId: string | null): void {
  if (connectionId !== null) {
    const connection = organization.connections.get(connectionId);
    if (connection) connection.rules = null;
    return;
  }
  for (const connection of organization.connections.values()) connection.rules = null;
}

/** Compiles one connection's rules if they are stale; false when they were not. For compiling ahead of calls. */
export function warmRuleSet(connection: Connection): boolean {
  if (connection.rules !== null) return false;
  try {
    compileFor(connection);
  } catch {
    // Calls will be told; there is nobody to tell here.
  }
  return true;
}

function compileFor(connection: Connection): CompiledPolicies {
  const { organization } = connection;
  const sources: PolicySource[] = [];
  for (const policy of organization.policies.values()) {
    if (!policy.active || policy.document === null) continue;
    if (policy.connectionId !== null && policy.connectionId !== connection.id) continue;
    sources.push(sourceOf(policy, policy.document));
  }
  // Among equals the order of creation, on every replica.
  sources.sort(
    (a, b) =>
      (organization.policies.get(a.id)?.createdPosition ?? 0) -
      (organization.policies.get(b.id)?.createdPosition ?? 0),
  );
  try {
    return (connection.rules = compile(sources, { defaultAction: organization.defaultAction }));
  } catch (cause) {
    throw (connection.rules = new RulesUnusable(connection.id, { cause }));
  }
}

function sourceOf(policy: Policy, document: NonNullable<Policy['document']>): PolicySource {
  return {
    id: policy.id,
    name: policy.name,
    revision: policy.version,
    scope: policy.connectionId === null ? 'organization' : 'connection',
    connectionId: policy.connectionId,
    order: policy.order,
    document,
  };
}
