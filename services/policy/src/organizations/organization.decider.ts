import { Rejection, type Decider } from '@portcullis/eventing';
import {
  evolveOrganization,
  noOrganization,
  type OrganizationEvent,
  type OrganizationState,
} from './organization.js';

export type OrganizationCommand =
  | { type: 'CreateOrganization'; name: string; defaultAction: 'deny' | 'alert' }
  | { type: 'RenameOrganization'; name: string }
  | { type: 'ChangeOrganizationDefault'; defaultAction: 'deny' | 'alert' };

export const organizationDecider: Decider<OrganizationState | null, OrganizationCommand, OrganizationEvent> =
  {
    initialState: noOrganization,
    evolve: evolveOrganization,
    decide(command, state) {
      if (command.type === 'CreateOrganization') {
        if (state) throw new Rejection('organization.exists', 'conflict', 'The organization exists already.');
        return [
          { type: 'OrganizationCreated', data: { name: command.name, defaultAction: command.defaultAction } },
        ];
      }
      if (!state) throw new Rejection('organization.not_found', 'not_found', 'No such organization.');
      if (command.type === 'RenameOrganization') {
        if (command.name === state.name) return [];
        return [{ type: 'OrganizationRenamed', data: { before: state.name, after: command.name } }];
      }
      if (command.defaultAction === state.defaultAction) return [];
      return [
        {
          type: 'OrganizationDefaultChanged',
          data: { before: state.defaultAction, after: command.defaultAction },
        },
      ];
    },
  };
