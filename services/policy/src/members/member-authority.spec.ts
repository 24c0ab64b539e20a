import type { Role } from '@portcullis/contracts';
import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, it } from 'vitest';
import { rosterDeciderFor, type MemberAuthority } from './member-authority.js';
import type { RosterEvent } from './roster.js';

const added = (memberId: string, role: Role): RosterEvent => ({
  type: 'MemberAdded',
  data: { memberId, email: `${memberId}@example.com`, name: memberId, role },
});
const roster = [added('ana', 'owner'), added('olga', 'owner'), added('bo', 'developer')];
const add = (role: Role) =>
  ({ type: 'AddMember', memberId: 'new', email: 'new@example.com', name: 'new', role }) as const;
const as = (authority: MemberAuthority) => deciderSpec(rosterDeciderFor(authority)).given(...roster);
const owner = { scopes: ['admin', 'mcp'], owner: true };
const admin = { scopes: ['admin', 'mcp'], owner: false };
const clerk = { scopes: ['members:write'], owner: false };

describe('who changes members', () => {
  it('makes owners as an owner alone', () => {
    as(owner).when(add('owner')).then(added('new', 'owner'));
    for (const authority of [admin, clerk]) {
      as(authority).when(add('owner')).thenRejected('member.owner_required');
      as(authority)
        .when({ type: 'ChangeMemberRole', memberId: 'bo', role: 'owner' })
        .thenRejected('member.owner_required');
    }
  });

  it('touches owners as an owner alone', () => {
    as(admin).when({ type: 'RemoveMember', memberId: 'ana' }).thenRejected('member.owner_required');
    as(admin)
      .when({ type: 'ChangeMemberRole', memberId: 'ana', role: 'auditor' })
      .thenRejected('member.owner_required');
    as(owner)
      .when({ type: 'RemoveMember', memberId: 'olga' })
      .then({ type: 'MemberRemoved', data: { memberId: 'olga', email: 'olga@example.com' } });
  });

  it('gives no role whose rights they lack', () => {
    as(admin).when(add('admin')).then(added('new', 'admin'));
    for (const role of ['admin', 'developer', 'ciso', 'auditor'] as const)
      as(clerk).when(add(role)).thenRejected('member.role_not_held');
  });
});
