import type { PolicyDomainEvent } from '@portcullis/contracts';

export type OrganizationEvent = Extract<
  PolicyDomainEvent,
  { type: 'OrganizationCreated' | 'OrganizationRenamed' | 'OrganizationDefaultChanged' }
>;

export interface OrganizationState {
  readonly name: string;
  readonly defaultAction: 'deny' | 'alert';
}

export const noOrganization: OrganizationState | null = null;

export function evolveOrganization(
  state: OrganizationState | null,
  event: OrganizationEvent,
): OrganizationState | null {
  switch (event.type) {
    case 'OrganizationCreated':
      return event.data;
    case 'OrganizationRenamed':
      return state && { ...state, name: event.data.after };
    case 'OrganizationDefaultChanged':
      return state && { ...state, defaultAction: event.data.after };
  }
}

export function organizationStream(tenantId: string): string {
  return `organization-${tenantId}`;
}
