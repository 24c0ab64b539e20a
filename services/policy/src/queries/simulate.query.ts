import type { TargetKind } from '@portcullis/contracts';
import { compile, explain, type PolicyRequest } from '@portcullis/policy-engine';
import { Rejection } from '@portcullis/eventing';
import { warningsOf } from '../directory/views.js';
import type { ConnectionRecord } from '../directory/records.js';
import { checkedDocument } from '../policies/checked-document.js';
import { connectionOf } from './directory.queries.js';
import { policiesInForce, policySource } from './policies-in-force.js';
import type { QueryHandlers, QueryOf } from './query-handler.js';

export interface SimulateDependencies {
  /** What lists have said of a tool. */
  readonly toolFacts: (
    connectionId: string,
    tool: string,
  ) => { title: string | null; annotations: Readonly<Record<string, unknown>> } | undefined;
  readonly now: () => Date;
}

/** What a draft, or the policies in force, would decide, with its reasons. Nothing is stored or counted. */
export function simulateQuery({ toolFacts, now }: SimulateDependencies): Pick<QueryHandlers, 'simulate'> {
  return {
    simulate({ document, request }, { tenantId, directory }) {
      const connection = connectionOf(directory, request.connection);
      const draft = document ? checkedDocument(document) : null;
      const sources = draft
        ? [policySource('draft', draft, 1, 0, null)]
        : policiesInForce(directory, connection);
      const policies = compile(sources, { defaultAction: directory.organization?.defaultAction ?? 'deny' });
      const asked = policyRequest(tenantId, connection, request, now());
      const facts = request.tool ? toolFacts(connection.id, request.tool) : undefined;
      const { evaluation, considered } = explain(policies, facts ? { ...asked, tool: facts } : asked);
      return { data: { ...evaluation, considered, warnings: draft ? warningsOf(draft) : [] } };
    },
  };
}

type Simulated = QueryOf<'simulate'>['request'];

function policyRequest(
  tenantId: string,
  connection: ConnectionRecord,
  request: Simulated,
  now: Date,
): PolicyRequest {
  const { kind, name, method } = targetOf(request);
  return {
    organizationId: tenantId,
    connection: { id: connection.id, slug: connection.slug, name: connection.name },
    kind,
    method,
    name,
    now: request.at ? Date.parse(request.at) : now.getTime(),
    user: request.user ?? null,
    metadata: request.metadata ?? null,
    arguments: request.arguments,
    key: request.agent ? { agent: request.agent } : null,
    sourceIp: request.sourceIp ?? null,
  };
}

const METHODS: Partial<Record<TargetKind, string>> = { resource: 'resources/read', prompt: 'prompts/get' };

function targetOf({ tool, resource, prompt, method }: Simulated): {
  kind: TargetKind;
  name: string;
  method: string;
} {
  const named: [TargetKind, string | null | undefined][] = [
    ['tool', tool],
    ['resource', resource],
    ['prompt', prompt],
  ];
  const given = named.filter((entry): entry is [TargetKind, string] => typeof entry[1] === 'string');
  if (given.length > 1) {
    throw new Rejection('request.invalid', 'invalid', 'A request is for one thing.', [
      { pointer: '/request', message: 'give one of tool, resource and prompt' },
    ]);
  }
  const [kind, name] = given[0] ?? ['method', ''];
  // `tools/call` is what the contract fills in for a method that was left out.
  return { kind, name, method: method === 'tools/call' ? (METHODS[kind] ?? method) : method };
}
