import type { PolicyDocument } from '@portcullis/contracts';
import { deciderSpec } from '@portcullis/eventing/spec';
import { describe, expect, it } from 'vitest';
import { foldEvents } from '@portcullis/eventing';
import { withoutSuperseded, type PolicyEvent } from './policy.js';
import { policyDecider } from './policy.decider.js';

const { given } = deciderSpec(policyDecider);
const document = (name: string): PolicyDocument => ({
  version: 1,
  name,
  engine: 'native',
  rules: [{ name: 'all', target: { kind: 'mcp_tool', tool: '*' }, action: 'allow' }],
});
const created: PolicyEvent = {
  type: 'PolicyCreated',
  data: { policyId: 'p1', name: 'First', connectionId: 'c1', order: 3 },
};
const published = (
  version: number,
  name: string,
  rolledBackFrom: number | null = null,
  note: string | null = null,
): PolicyEvent => ({
  type: 'PolicyPublished',
  data: { policyId: 'p1', version, document: document(name), note, rolledBackFrom },
});
const deleted: PolicyEvent = { type: 'PolicyDeleted', data: { policyId: 'p1', name: 'First' } };
const twoVersions = [created, published(1, 'First'), published(2, 'Second')];

describe('policy', () => {
  it('is created with its version 1 published', () => {
    given()
      .when({
        type: 'CreatePolicy',
        policyId: 'p1',
        connectionId: 'c1',
        order: 3,
        document: document('First'),
        note: 'why',
      })
      .then(created, published(1, 'First', null, 'why'));
  });

  it('is created once', () => {
    given(created)
      .when({
        type: 'CreatePolicy',
        policyId: 'p1',
        connectionId: null,
        order: 0,
        document: document('First'),
        note: null,
      })
      .thenRejected('policy.exists');
  });

  it('is published again as the next version', () => {
    given(...twoVersions)
      .when({
        type: 'PublishPolicy',
        policyId: 'p1',
        document: document('Third'),
        expectedVersion: 2,
        note: null,
      })
      .then(published(3, 'Third'));
    given(...twoVersions)
      .when({
        type: 'PublishPolicy',
        policyId: 'p1',
        document: document('Third'),
        expectedVersion: null,
        note: null,
      })
      .then(published(3, 'Third'));
  });

  it.each([1, 3])('is not published over a version nobody saw (expected %i)', (expectedVersion) => {
    given(...twoVersions)
      .when({
        type: 'PublishPolicy',
        policyId: 'p1',
        document: document('Third'),
        expectedVersion,
        note: null,
      })
      .thenRejected('policy.version_conflict');
  });

  it('stays at its version when what is published is in force', () => {
    given(...twoVersions)
      .when({
        type: 'PublishPolicy',
        policyId: 'p1',
        document: document('Second'),
        expectedVersion: 2,
        note: null,
      })
      .thenNothing();
  });

  it('refuses a stale publish even of what is in force', () => {
    given(...twoVersions)
      .when({
        type: 'PublishPolicy',
        policyId: 'p1',
        document: document('Second'),
        expectedVersion: 1,
        note: null,
      })
      .thenRejected('policy.version_conflict');
  });

  it('rolls back by publishing an earlier version as a new one', () => {
    given(...twoVersions)
      .when({ type: 'RollBackPolicy', policyId: 'p1', version: 1, document: document('First'), note: 'oops' })
      .then(published(3, 'First', 1, 'oops'));
  });

  it('stays as it is when rolled back to where it is', () => {
    given(...twoVersions)
      .when({ type: 'RollBackPolicy', policyId: 'p1', version: 2, document: document('Second'), note: null })
      .thenNothing();
  });

  it('rolls back only to what there was', () => {
    given(...twoVersions)
      .when({ type: 'RollBackPolicy', policyId: 'p1', version: 3, document: null, note: null })
      .thenRejected('policy.version_not_found');
  });

  it('is taken out of force and put back', () => {
    given(...twoVersions)
      .when({ type: 'DeactivatePolicy', policyId: 'p1' })
      .then({ type: 'PolicyDeactivated', data: { policyId: 'p1' } });
    given(...twoVersions, { type: 'PolicyDeactivated', data: { policyId: 'p1' } })
      .when({ type: 'ActivatePolicy', policyId: 'p1' })
      .then({ type: 'PolicyActivated', data: { policyId: 'p1' } });
  });

  it('stays in or out of force when it is', () => {
    given(...twoVersions)
      .when({ type: 'ActivatePolicy', policyId: 'p1' })
      .thenNothing();
    given(...twoVersions, { type: 'PolicyDeactivated', data: { policyId: 'p1' } })
      .when({ type: 'DeactivatePolicy', policyId: 'p1' })
      .thenNothing();
  });

  it('moves', () => {
    given(...twoVersions)
      .when({ type: 'MovePolicy', policyId: 'p1', order: 0 })
      .then({ type: 'PolicyOrderChanged', data: { policyId: 'p1', before: 3, after: 0 } });
  });

  it('stays where it is when moved there', () => {
    given(...twoVersions, { type: 'PolicyOrderChanged', data: { policyId: 'p1', before: 3, after: 0 } })
      .when({ type: 'MovePolicy', policyId: 'p1', order: 0 })
      .thenNothing();
  });

  it('is deleted', () => {
    given(...twoVersions)
      .when({ type: 'DeletePolicy', policyId: 'p1' })
      .then(deleted);
  });

  it('must be known and not deleted', () => {
    for (const history of [[], [...twoVersions, deleted]]) {
      given(...history)
        .when({
          type: 'PublishPolicy',
          policyId: 'p1',
          document: document('Third'),
          expectedVersion: null,
          note: null,
        })
        .thenRejected('policy.not_found');
      given(...history)
        .when({ type: 'RollBackPolicy', policyId: 'p1', version: 1, document: document('First'), note: null })
        .thenRejected('policy.not_found');
      given(...history)
        .when({ type: 'ActivatePolicy', policyId: 'p1' })
        .thenRejected('policy.not_found');
      given(...history)
        .when({ type: 'DeactivatePolicy', policyId: 'p1' })
        .thenRejected('policy.not_found');
      given(...history)
        .when({ type: 'MovePolicy', policyId: 'p1', order: 1 })
        .thenRejected('policy.not_found');
      given(...history)
        .when({ type: 'DeletePolicy', policyId: 'p1' })
        .thenRejected('policy.not_found');
    }
  });

  it('is the same without what is superseded', () => {
    const history: PolicyEvent[] = [
      ...twoVersions,
      { type: 'PolicyDeactivated', data: { policyId: 'p1' } },
      published(3, 'Third'),
      { type: 'PolicyOrderChanged', data: { policyId: 'p1', before: 3, after: 0 } },
      published(4, 'First', 1),
      deleted,
    ];
    for (let length = 0; length <= history.length; length += 1) {
      const soFar = history.slice(0, length);
      const kept = withoutSuperseded(soFar);
      expect(foldEvents(policyDecider, kept)).toEqual(foldEvents(policyDecider, soFar));
      expect(kept.filter(({ type }) => type === 'PolicyPublished').length).toBeLessThanOrEqual(1);
    }
  });
});
