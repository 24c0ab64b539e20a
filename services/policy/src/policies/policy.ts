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
  /** The one in force; earlier ones are not needed to decide. */
  readonly document: PolicyDocument | null;
}

export function evolvePolicy(state: PolicyState | null, event: PolicyEvent): PolicyState | null {
  if (event.type === 'PolicyCreated') {
    const { name, order } = event.data;
    return { name, order, active: true, deleted: false, version: 0, document: null };
  }
  if (!state) return null;
  switch (event.type) {
    case 'PolicyPublished': {
      const { version, document } = event.data;
      return { ...state, version, document };
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

/** Without what is superseded: folds to the same state, and does not grow with every version published. */
export function withoutSuperseded<E extends { readonly type: string }>(events: readonly E[]): E[] {
  const last = events.findLastIndex((event) => event.type === 'PolicyPublished');
  return events.filter((event, index) => event.type !== 'PolicyPublished' || index === last);
}

export function policyStream(policyId: string): string {
  return `policy-${policyId}`;
}
