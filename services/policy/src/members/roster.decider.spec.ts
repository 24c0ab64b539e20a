import type { Role } from '@portcullis/contracts';
import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, it } from 'vitest';
import type { RosterEvent } from './roster.js';
import { MEMBERS_LIMIT, rosterDecider } from './roster.decider.js';

const { given } = deciderSpec(rosterDecider);
const added = (memberId: string, role: Role): RosterEvent => ({
  type: 'MemberAdded',
  data: { memberId, email: `${memberId}@example.com`, name: memberId, role },
});
const ana = added('ana', 'owner');
const bo = added('bo', 'developer');

describe('members', () => {
  it('are added, with their address in lower case', () => {
    given(ana)
      .when({ type: 'AddMember', memberId: 'bo', email: 'Bo@Example.com', name: 'bo', role: 'developer' })
      .then(bo);
  });

  it('have an address of their own, however it is written', () => {
    given(ana)
      .when({
        type: 'AddMember',
        memberId: 'other',
        email: 'ANA@example.com',
        name: 'Other',
        role: 'auditor',
      })
      .thenRejected('member.email_taken');
  });

  it('free their address by leaving', () => {
    given(ana, bo, { type: 'MemberRemoved', data: { memberId: 'bo', email: 'bo@example.com' } })
      .when({
        type: 'AddMember',
        memberId: 'bo-again',
        email: 'bo@example.com',
        name: 'Bo',
        role: 'developer',
      })
      .then({
        type: 'MemberAdded',
        data: { memberId: 'bo-again', email: 'bo@example.com', name: 'Bo', role: 'developer' },
      });
  });

  it('are bounded', () => {
    given(...Array.from({ length: MEMBERS_LIMIT }, (_, n) => added(`m${n}`, 'auditor')))
      .when({ type: 'AddMember', memberId: 'x', email: 'x@example.com', name: 'X', role: 'auditor' })
      .thenRejected('member.limit_reached');
  });

  it('change their role', () => {
    given(ana, bo)
      .when({ type: 'ChangeMemberRole', memberId: 'bo', role: 'admin' })
      .then({ type: 'MemberRoleChanged', data: { memberId: 'bo', before: 'developer', after: 'admin' } });
  });

  it('keep a role they have, even the last owner', () => {
    given(ana).when({ type: 'ChangeMemberRole', memberId: 'ana', role: 'owner' }).thenNothing();
  });

  it('leave', () => {
    given(ana, bo)
      .when({ type: 'RemoveMember', memberId: 'bo' })
      .then({ type: 'MemberRemoved', data: { memberId: 'bo', email: 'bo@example.com' } });
  });

  it('always include an owner', () => {
    given(ana, bo).when({ type: 'RemoveMember', memberId: 'ana' }).thenRejected('member.last_owner');
    given(ana, bo)
      .when({ type: 'ChangeMemberRole', memberId: 'ana', role: 'admin' })
      .thenRejected('member.last_owner');
  });

  it('let an owner go when there is another', () => {
    given(ana, bo, {
      type: 'MemberRoleChanged',
      data: { memberId: 'bo', before: 'developer', after: 'owner' },
    })
      .when({ type: 'RemoveMember', memberId: 'ana' })
      .then({ type: 'MemberRemoved', data: { memberId: 'ana', email: 'ana@example.com' } });
  });

  it('must be known', () => {
    given(ana).when({ type: 'RemoveMember', memberId: 'bo' }).thenRejected('member.not_found');
    given(ana)
      .when({ type: 'ChangeMemberRole', memberId: 'bo', role: 'admin' })
      .thenRejected('member.not_found');
    given(ana, bo, { type: 'MemberRemoved', data: { memberId: 'bo', email: 'bo@example.com' } })
      .when({ type: 'RemoveMember', memberId: 'bo' })
      .thenRejected('member.not_found');
  });
});
