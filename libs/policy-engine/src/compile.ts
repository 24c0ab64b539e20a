import type { PolicyDocument } from '@portcullis/contracts';
import type { Attribute } from './attribute.js';
import type { CompiledRule } from './compiled-rule.js';
import { documentCompilation } from './document-compiler.js';
import { AttributeTable } from './facts.js';
import { finished } from './pieces.js';
import type { PolicyErrorCode, PolicyProblem } from './problems.js';
import { candidateCache, RuleIndex } from './rule-index.js';

/** One active policy of an organization. */
export interface PolicySource {
  id: string;
  name: string;
  revision: number;
  scope: 'organization' | 'connection';
  /** Required when the scope is a connection. */
  connectionId?: string | null;
  /** Within its scope; equal orders keep the order given. */
  order: number;
  document: PolicyDocument;
}

export interface CompileOptions {
  /** What becomes of a request no rule matches: refused, or let through with an alert. */
  defaultAction: 'deny' | 'alert';
}

/** A policy that cannot be enforced. Nothing of the set may be used then: a policy left out could be the one that denies. */
export class PolicyNotCompilable extends Error {
  override name = 'PolicyNotCompilable';
  readonly code = 'policy.invalid';
  constructor(
    readonly policyId: string,
    readonly errors: readonly PolicyProblem<PolicyErrorCode>[],
  ) {
    super(
      `policy ${policyId} cannot be enforced: ${errors[0] ? `${errors[0].code} at ${errors[0].pointer || '/'}` : 'no connection'}`,
    );
  }
}

/** The rules of one organization, ready to decide. Immutable but for its cache; made by `compile`. */
export class CompiledPolicies {
  constructor(
    readonly defaultAction: 'deny' | 'alert',
    /** Internal to the engine. */
    readonly attributes: readonly Attribute[],
    private readonly organization: RuleIndex,
    private readonly connections: ReadonlyMap<string, RuleIndex>,
  ) {}

  rulesOf(connectionId: string): RuleIndex {
    return this.connections.get(connectionId) ?? this.organization;
  }
}

/**
 * Compiles the active policies of one organization. Organization policies come first for every connection, then the
 * connection's own, each by `order`. Throws PolicyNotCompilable.
 */
export function compile(policies: readonly PolicySource[], options: CompileOptions): CompiledPolicies {
  return finished(compilation(policies, options));
}

/** `compile` in pieces, for whoever has other work in the same thread: none takes more than a few milliseconds. */
export function* compilation(
  policies: readonly PolicySource[],
  options: CompileOptions,
): Generator<undefined, CompiledPolicies> {
  const table = new AttributeTable();
  const organization: CompiledRule[] = [];
  const own = new Map<string, CompiledRule[]>();
  for (const policy of [...policies].sort((a, b) => a.order - b.order)) {
    const { rules, problems } = yield* documentCompilation(
      policy.document,
      { id: policy.id, name: policy.name, revision: policy.revision },
      table,
    );
    if (problems.errors.length > 0) throw new PolicyNotCompilable(policy.id, problems.errors);
    if (policy.scope === 'organization') {
      organization.push(...rules);
      continue;
    }
    if (!policy.connectionId) throw new PolicyNotCompilable(policy.id, []);
    const ofConnection = own.get(policy.connectionId) ?? [];
    own.set(policy.connectionId, ofConnection);
    ofConnection.push(...rules);
  }
  const cache = candidateCache();
  let id = 0;
  const connections = new Map(
    [...own].map(([connection, rules]) => [
      connection,
      new RuleIndex([...organization, ...rules], cache, ++id),
    ]),
  );
  return new CompiledPolicies(
    options.defaultAction,
    table.attributes,
    new RuleIndex(organization, cache, 0),
    connections,
  );
}
