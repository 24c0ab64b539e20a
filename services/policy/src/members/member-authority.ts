import { mayGrant, ROLE_SCOPES, type Role } from '@portcullis/contracts';
import { Rejection, type Decider } from '@portcullis/eventing';
import { rosterDecider, type RosterCommand } from './roster.decider.js';
import type { RosterEvent, RosterState } from './roster.js';

/** What whoever changes the members may hand on. */
export interface MemberAuthority {
  readonly scopes: readonly string[];
  /** An owner, or a key of an owner's with every right. */
  readonly owner: boolean;
}

/**
 * The members' rules for somebody: nobody hands on a right they lack, and owners are made, changed and removed by owners.
 * Without this, who may change members may become anything by making it.
 */
export function rosterDeciderFor(
  authority: MemberAuthority,
): Decider<RosterState, RosterCommand, RosterEvent> {
  return {
    ...rosterDecider,
    decide(command, state) {
      const target = command.type === 'AddMember' ? undefined : state.get(command.memberId);
      if (target?.role === 'owner' && !authority.owner) throw ownersOnly();
      if (command.type !== 'RemoveMember') refuseOverreach(command.role, authority);
      return rosterDecider.decide(command, state);
    },
  };
}

function refuseOverreach(role: Role, { scopes, owner }: MemberAuthority): void {
  if (role === 'owner' && !owner) throw ownersOnly();
  const missing = ROLE_SCOPES[role].find((scope) => !mayGrant(scopes, scope));
  if (missing === undefined) return;
  throw new Rejection(
    'member.role_not_held',
    'forbidden',
    `A role cannot be given by who lacks its rights: ${missing}.`,
  );
}

function ownersOnly(): Rejection {
  return new Rejection(
    'member.owner_required',
    'forbidden',
    'Only an owner makes, changes or removes owners.',
  );
}
