import {
  compilation,
  evaluate,
  type CompiledPolicies,
  type Evaluation,
  type PolicyRequest,
  type PolicySource,
} from '@portcullis/policy-engine';
import type { Connection, Organization, Policy } from './organization.js';
import type { RuleSettling } from './rule-settling.js';

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
  const shared = usable(organization.rules ?? organization.replaced ?? settle(organization));
  const own = usable(connection.rules ?? connection.replaced ?? settle(connection));
  if (shared !== 'none') {
    const evaluation = evaluate(shared, request);
    // A set says `rule: null` only when none of its rules matched for certain.
    if (evaluation.rule !== null || own === 'none') return evaluation;
  }
  if (own === 'none') throw new Error('An organization always has a rule set.');
  return evaluate(own, request);
}

/** Forgets what a change of a policy made stale; null for the organization's own policies. */
export function dropRules(
  settling: RuleSettling,
  organization: Organization,
  connectionId: string | null,
): void {
  const owner = connectionId === null ? organization : organization.connections.get(connectionId);
  if (owner) settling.drop(owner);
}

/** Forgets everything: every set says what becomes of a call no rule matches. */
export function dropAllRules(settling: RuleSettling, organization: Organization): void {
  settling.drop(organization);
  for (const connection of organization.connections.values()) settling.drop(connection);
}

/** Compiles one stale set of those a connection decides by; false when there was none. For compiling ahead of calls. */
export function warmRules(connection: Connection): boolean {
  const { organization } = connection;
  // What is being settled is compiled already, in pieces.
  const stale = [organization, connection].find(({ rules, replaced }) => rules === null && replaced === null);
  if (!stale) return false;
  settle(stale);
  return true;
}

function usable(rules: RuleSet): CompiledPolicies | 'none' {
  if (rules instanceof RulesUnusable) throw rules;
  return rules;
}

/** Compiles at once: somebody waits for it. */
function settle(owner: RuleOwner): RuleSet {
  const work = ruleCompilation(owner);
  for (;;) {
    const piece = work.next();
    if (piece.done) return (owner.rules = piece.value);
  }
}

/** Whose rules make a set. */
export type RuleOwner = Organization | Connection;

/** The rule set of an owner, compiled in pieces. Ends in `RulesUnusable` where the policies cannot be compiled. */
export function* ruleCompilation(owner: RuleOwner): Generator<undefined, RuleSet> {
  const connection = 'organization' in owner ? owner : null;
  const organization = connection?.organization ?? (owner as Organization);
  const sources = sourcesOf(organization, connection?.id ?? null);
  if (connection && sources.length === 0) return 'none';
  try {
    return yield* compilation(sources, { defaultAction: organization.defaultAction });
  } catch (cause) {
    return new RulesUnusable(connection ? `connection ${connection.id}` : `organization ${organization.id}`, {
      cause,
    });
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
