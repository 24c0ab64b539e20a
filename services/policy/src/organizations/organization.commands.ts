import { OrganizationDirectory } from '../directory/organization-directory.js';
import { changeStream, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers, CommandOf, Handled } from '../commands/command-handler.js';
import { organizationDecider } from './organization.decider.js';
import { organizationStream } from './organization.js';

export const organizationCommands: Pick<CommandHandlers, 'RenameOrganization' | 'ChangeOrganizationDefault'> = {
  RenameOrganization: change,
  ChangeOrganizationDefault: change,
};

async function change(
  command: CommandOf<'RenameOrganization' | 'ChangeOrganizationDefault'>,
  context: CommandContext,
): Promise<Handled> {
  const stream = organizationStream(context.tenantId);
  const { after, position } = await changeStream(context, { stream, decider: organizationDecider, command });
  return { data: OrganizationDirectory.of(after).organization, position };
}
