import { OrganizationDirectory } from '../directory/organization-directory.js';
import { memberView } from '../directory/views.js';
import { changeStream, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers, Handled } from '../commands/command-handler.js';
import { creatorOf } from '../api-keys/grantor.js';
import { rosterDeciderFor } from './member-authority.js';
import type { RosterCommand } from './roster.decider.js';
import { rosterStream } from './roster.js';

export const memberCommands: Pick<CommandHandlers, 'AddMember' | 'ChangeMemberRole' | 'RemoveMember'> = {
  AddMember: (command, context) => change({ ...command, memberId: context.newId() }, context),
  ChangeMemberRole: change,
  RemoveMember: change,
};

async function change(command: RosterCommand, context: CommandContext): Promise<Handled> {
  const stream = rosterStream(context.tenantId);
  const { grantor, owner } = await creatorOf(context);
  const decider = rosterDeciderFor({ scopes: grantor.scopes, owner });
  const { before, after, position } = await changeStream(context, { stream, decider, command });
  const member =
    OrganizationDirectory.of(after).members.get(command.memberId) ??
    OrganizationDirectory.of(before).members.get(command.memberId);
  return { data: member && memberView(member), position };
}
