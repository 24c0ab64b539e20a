import type { Role } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import {
  emptyRoster,
  evolveRoster,
  type RosterEvent,
  type RosterMember,
  type RosterState,
} from './roster.js';

export type RosterCommand =
  | { type: 'AddMember'; memberId: string; email: string; name: string; role: Role }
  | { type: 'ChangeMemberRole'; memberId: string; role: Role }
  | { type: 'RemoveMember'; memberId: string };

export const MEMBERS_LIMIT = 1_000;

export const rosterDecider: Decider<RosterState, RosterCommand, RosterEvent> = {
  initialState: emptyRoster,
  evolve: evolveRoster,
  decide(command, state) {
    switch (command.type) {
      case 'AddMember':
        return add(command, state);
      case 'ChangeMemberRole': {
        const member = memberOf(state, command.memberId);
        if (member.role === command.role) return [];
        keepAnOwner(state, member);
        return [
          {
            type: 'MemberRoleChanged',
            data: { memberId: command.memberId, before: member.role, after: command.role },
          },
        ];
      }
      case 'RemoveMember': {
        const member = memberOf(state, command.memberId);
        keepAnOwner(state, member);
        return [{ type: 'MemberRemoved', data: { memberId: command.memberId, email: member.email } }];
      }
    }
  },
};

function add(
  { memberId, email, name, role }: Extract<RosterCommand, { type: 'AddMember' }>,
  state: RosterState,
): RosterEvent[] {
  const address = email.toLowerCase();
  for (const member of state.values()) {
    if (member.email === address)
      throw new Rejection('member.email_taken', 'conflict', 'A member has this e-mail address.');
  }
  if (state.size >= MEMBERS_LIMIT) {
    throw new Rejection(
      'member.limit_reached',
      'conflict',
      `An organization has at most ${MEMBERS_LIMIT} members.`,
    );
  }
  return [{ type: 'MemberAdded', data: { memberId, email: address, name, role } }];
}

function memberOf(state: RosterState, memberId: string): RosterMember {
  const member = state.get(memberId);
  if (!member) throw new Rejection('member.not_found', 'not_found', 'No such member.');
  return member;
}

/** Without an owner nobody could let anybody in again. */
function keepAnOwner(state: RosterState, leaving: RosterMember): void {
  if (leaving.role !== 'owner') return;
  const owners = [...state.values()].filter((member) => member.role === 'owner');
  if (owners.length <= 1)
    throw new Rejection('member.last_owner', 'conflict', 'The last owner must stay an owner.');
}
