import type { PolicyDomainEvent, Role } from '@portcullis/contracts';

export type RosterEvent = Extract<
  PolicyDomainEvent,
  { type: 'MemberAdded' | 'MemberRoleChanged' | 'MemberRemoved' }
>;

export interface RosterMember {
  readonly email: string;
  readonly role: Role;
}

/**
 * The members of one organization are one stream, because its rules are about all of them: an address occurs once, and
 * somebody owns it.
 */
export type RosterState = ReadonlyMap<string, RosterMember>;

export const emptyRoster: RosterState = new Map();

export function evolveRoster(state: RosterState, event: RosterEvent): RosterState {
  const next = new Map(state);
  switch (event.type) {
    case 'MemberAdded':
      return next.set(event.data.memberId, { email: event.data.email, role: event.data.role });
    case 'MemberRoleChanged': {
      const member = next.get(event.data.memberId);
      return member ? next.set(event.data.memberId, { ...member, role: event.data.after }) : next;
    }
    case 'MemberRemoved':
      next.delete(event.data.memberId);
      return next;
  }
}

export function rosterStream(tenantId: string): string {
  return `members-${tenantId}`;
}
