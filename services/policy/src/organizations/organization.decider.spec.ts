import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, it } from 'vitest';
import type { OrganizationEvent } from './organization.js';
import { organizationDecider } from './organization.decider.js';

const { given } = deciderSpec(organizationDecider);
const created: OrganizationEvent = {
  type: 'OrganizationCreated',
  data: { name: 'Acme', defaultAction: 'deny' },
};

describe('organization', () => {
  it('is created', () => {
    given().when({ type: 'CreateOrganization', name: 'Acme', defaultAction: 'deny' }).then(created);
  });

  it('is created once', () => {
    given(created)
      .when({ type: 'CreateOrganization', name: 'Acme', defaultAction: 'deny' })
      .thenRejected('organization.exists');
  });

  it('is renamed', () => {
    given(created)
      .when({ type: 'RenameOrganization', name: 'Acme Inc' })
      .then({ type: 'OrganizationRenamed', data: { before: 'Acme', after: 'Acme Inc' } });
  });

  it('stays as it is when renamed to its name', () => {
    given(created, { type: 'OrganizationRenamed', data: { before: 'Acme', after: 'Acme Inc' } })
      .when({ type: 'RenameOrganization', name: 'Acme Inc' })
      .thenNothing();
  });

  it('changes what becomes of calls no rule matches', () => {
    given(created)
      .when({ type: 'ChangeOrganizationDefault', defaultAction: 'alert' })
      .then({ type: 'OrganizationDefaultChanged', data: { before: 'deny', after: 'alert' } });
  });

  it('stays as it is when given the default it has', () => {
    given(created, { type: 'OrganizationDefaultChanged', data: { before: 'deny', after: 'alert' } })
      .when({ type: 'ChangeOrganizationDefault', defaultAction: 'alert' })
      .thenNothing();
  });

  it('cannot change before it exists', () => {
    given().when({ type: 'RenameOrganization', name: 'Acme' }).thenRejected('organization.not_found');
    given()
      .when({ type: 'ChangeOrganizationDefault', defaultAction: 'alert' })
      .thenRejected('organization.not_found');
  });
});
