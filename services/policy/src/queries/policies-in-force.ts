import type { PolicySource } from '@portcullis/policy-engine';
import type { OrganizationDirectory } from '../directory/organization-directory.js';
import type { ConnectionRecord } from '../directory/records.js';

/** As the evaluator has them: the organization's, then the connection's, active ones, each in its order. */
export function policiesInForce(
  { policies }: OrganizationDirectory,
  connection: ConnectionRecord,
): PolicySource[] {
  return [...policies.values()]
    .filter(
      ({ active, document, connectionId }) =>
        active && document && (connectionId === null || connectionId === connection.id),
    )
    .sort((a, b) => rank(a) - rank(b) || a.order - b.order || a.position - b.position)
    .flatMap(({ id, document, version, order, connectionId }) =>
      document ? [policySource(id, document, version, order, connectionId)] : [],
    );
}

export function policySource(
  id: string,
  document: PolicySource['document'],
  revision: number,
  order: number,
  connectionId: string | null,
): PolicySource {
  return {
    id,
    name: document.name,
    revision,
    order,
    document,
    scope: connectionId === null ? 'organization' : 'connection',
    connectionId,
  };
}

function rank({ connectionId }: { connectionId: string | null }): number {
  return connectionId === null ? 0 : 1;
}
