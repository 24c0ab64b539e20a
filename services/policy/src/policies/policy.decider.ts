import type { PolicyDocument } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import { evolvePolicy, type PolicyEvent, type PolicyState } from './policy.js';

/** Documents come in checked: that this build can enforce them is not decided here. */
export type PolicyCommand =
  | {
      type: 'CreatePolicy';
      policyId: string;
      connectionId: string | null;
      order: number;
      document: PolicyDocument;
      note: string | null;
    }
  | {
      type: 'PublishPolicy';
      policyId: string;
      document: PolicyDocument;
      expectedVersion: number | null;
      note: string | null;
    }
  /** `document` is that of the version; null when there is no such version. */
  | {
      type: 'RollBackPolicy';
      policyId: string;
      version: number;
      document: PolicyDocument | null;
      note: string | null;
    }
  | { type: 'ActivatePolicy'; policyId: string }
  | { type: 'DeactivatePolicy'; policyId: string }
  | { type: 'MovePolicy'; policyId: string; order: number }
  | { type: 'DeletePolicy'; policyId: string };

export const policyDecider: Decider<PolicyState | null, PolicyCommand, PolicyEvent> = {
  initialState: null,
  evolve: evolvePolicy,
  decide(command, state) {
    if (command.type === 'CreatePolicy') return create(command, state);
    if (!state || state.deleted) throw new Rejection('policy.not_found', 'not_found', 'No such policy.');
    const { policyId } = command;
    switch (command.type) {
      case 'PublishPolicy':
        return publish(command, state);
      case 'RollBackPolicy':
        return rollBack(command, state);
      case 'ActivatePolicy':
        return state.active ? [] : [{ type: 'PolicyActivated', data: { policyId } }];
      case 'DeactivatePolicy':
        return state.active ? [{ type: 'PolicyDeactivated', data: { policyId } }] : [];
      case 'MovePolicy':
        if (command.order === state.order) return [];
        return [
          { type: 'PolicyOrderChanged', data: { policyId, before: state.order, after: command.order } },
        ];
      case 'DeletePolicy':
        return [{ type: 'PolicyDeleted', data: { policyId, name: state.name } }];
    }
  },
};

function create(
  command: Extract<PolicyCommand, { type: 'CreatePolicy' }>,
  state: PolicyState | null,
): PolicyEvent[] {
  if (state) throw new Rejection('policy.exists', 'conflict', 'The policy exists already.');
  const { policyId, connectionId, order, document, note } = command;
  return [
    { type: 'PolicyCreated', data: { policyId, name: document.name, connectionId, order } },
    { type: 'PolicyPublished', data: { policyId, version: 1, document, note, rolledBackFrom: null } },
  ];
}

function publish(
  command: Extract<PolicyCommand, { type: 'PublishPolicy' }>,
  state: PolicyState,
): PolicyEvent[] {
  const { policyId, document, expectedVersion, note } = command;
  if (expectedVersion !== null && expectedVersion !== state.version) {
    throw new Rejection(
      'policy.version_conflict',
      'precondition_failed',
      `The policy is at version ${state.version}.`,
    );
  }
  if (sameDocument(document, state.document)) return [];
  return [
    {
      type: 'PolicyPublished',
      data: { policyId, version: state.version + 1, document, note, rolledBackFrom: null },
    },
  ];
}

function rollBack(
  command: Extract<PolicyCommand, { type: 'RollBackPolicy' }>,
  state: PolicyState,
): PolicyEvent[] {
  const { policyId, version, document, note } = command;
  if (!document)
    throw new Rejection('policy.version_not_found', 'not_found', 'The policy has no such version.');
  if (version === state.version) return [];
  return [
    {
      type: 'PolicyPublished',
      data: { policyId, version: state.version + 1, document, note, rolledBackFrom: version },
    },
  ];
}

/** Rules are ordered and so are the keys people wrote: another order is another document. */
function sameDocument(a: PolicyDocument, b: PolicyDocument | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
