import type { PolicyDocument, PolicyDomainEvent } from '@portcullis/contracts';

export type PolicyEvent = Extract<
  PolicyDomainEvent,
  {
    type:
      | 'PolicyCreated'
      | 'PolicyPublished'
      | 'PolicyActivated'
      | 'PolicyDeactivated'
      | 'PolicyOrderChanged'
      | 'PolicyDeleted';
  }
>;

export interface PolicyState {
  readonly name: string;
  readonly order: number;
  readonly active: boolean;
  readonly deleted: boolean;
  readonly version: number;
  /** Documents by version, from 1: the first is at index 0. */
  readonly documents: readonly PolicyDocument[];
}

export function evolvePolicy(state: PolicyState | null, event: PolicyEvent): PolicyState | null {
  if (event.type === 'PolicyCreated') {
    const { name, order } = event.data;
    return { name, order, active: true, deleted: false, version: 0, documents: [] };
  }
  if (!state) return null;
  switch (event.type) {
    case 'PolicyPublished': {
      const { version, document } = event.data;
      return { ...state, version, documents: [...state.documents, document] };
    }
    case 'PolicyActivated':
      return { ...state, active: true };
    case 'PolicyDeactivated':
      return { ...state, active: false };
    case 'PolicyOrderChanged':
      return { ...state, order: event.data.after };
    case 'PolicyDeleted':
      return { ...state, active: false, deleted: true };
  }
}

export function policyStream(policyId: string): string {
  return `policy-${policyId}`;
}
