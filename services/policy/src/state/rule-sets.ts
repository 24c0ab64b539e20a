import {
  compile,
  evaluate,
  type CompiledPolicies,
  type Evaluation,
  type PolicyRequest,
  type PolicySource,
} from '@portcullis/policy-engine';
import type { Connection, Organization, Policy } from './organization.js';

/** Rules that cannot decide; nothing may pass where they apply until a policy changes. */
export class RulesUnusable extends Error {
  override readonly name = 'RulesUnusable';
  constructor(owner: string, options: ErrorOptions) {
    super(`The rules of ${owner} cannot be used.`, options);
  }
}

/** Compiled when first needed after a change. `none`: the connection has no rules of its own. */
export type RuleSet = CompiledPolicies | 'none' | RulesUnusable;

/**
 * Decides by the rules in force: the organization's policies, then the connection's own. They are two sets, so that a
 * change compiles what changed: the organization's rules once, however many connections there are. Throws
 * `RulesUnusable`.
 */
export function decideByRules(connection: Connection, request: PolicyRequest): Evaluation {
  const { organization } = connection;
  const shared = usable(organization.rules ?? compileShared(organization));
  const own = usable(connection.rules ?? compileOwn(connection));
  if (shared !== 'none') {
    const evaluation = evaluate(shared, request);
    // A set says `rule: null` only when none of its rules matched for certain.
    if (evaluation.rule !== null || own === 'none') return evaluation;
  }
  if (own === 'none') throw new Error('An organization always has a rule set.');
  return evaluate(own, request);
}

/** Forgets what a change of a policy made stale; null for the organization's own policies. */
export function dropRules(organization: Organization, connectionId: string | null): void {
  if (connectionId === null) {
    organization.rules = null;
    return;
  }
  const connection = organization.connections.get(connectionId);
  if (connection) connection.rules = null;
}

/** Forgets everything: every set says what becomes of a call no rule matches. */
export function dropAllRules(organization: Organization): void {
  organization.rules = null;
  for (const connection of organization.connections.values()) connection.rules = null;
}

/** Compiles one stale set of those a connection decides by; false when there was none. For compiling ahead of calls. */
export function warmRules(connection: Connection): boolean {
  const { organization } = connection;
  if (organization.rules === null) compileShared(organization);
  else if (connection.rules === null) compileOwn(connection);
  else return false;
  return true;
}

function usable(rules: RuleSet): CompiledPolicies | 'none' {
  if (rules instanceof RulesUnusable) throw rules;
  return rules;
}

function compileShared(organization: Organization): RuleSet {
  const owner = `organization ${organization.id}`;
  return (organization.rules = compiled(owner, organization, sourcesOf(organization, null)));
}

function compileOwn(connection: Connection): RuleSet {
  const sources = sourcesOf(connection.organization, connection.id);
  if (sources.length === 0) return (connection.rules = 'none');
  return (connection.rules = compiled(`connection ${connection.id}`, connection.organization, sources));
}

function compiled(owner: string, { defaultAction }: Organization, sources: PolicySource[]): RuleSet {
  try {
    return compile(sources, { defaultAction });
  } catch (cause) {
    return new RulesUnusable(owner, { cause });
  }
}

/** Active policies of one scope, in order of creation: the engine keeps that order among equals. */
function sourcesOf(organization: Organization, connectionId: string | null): PolicySource[] {
  return [...organization.policies.values()]
    .filter((policy) => policy.active && policy.connectionId === connectionId)
    .sort((a, b) => a.createdPosition - b.createdPosition)
    .flatMap((policy) => (policy.document === null ? [] : [sourceOf(policy, policy.document)]));
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
