import { OrganizationDirectory } from '../directory/organization-directory.js';
import { changeStream, type CommandContext } from '../commands/command-context.js';
import type { CommandHandlers, CommandOf, Handled } from '../commands/command-handler.js';
import { foundOrganization } from './found-organization.js';
import { organizationDecider } from './organization.decider.js';
import { organizationStream } from './organization.js';

export const organizationCommands: Pick<
  CommandHandlers,
  'CreateOrganization' | 'RenameOrganization' | 'ChangeOrganizationDefault'
> = {
  CreateOrganization: create,
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

/** What its creator does there, they do as its first member: who they are elsewhere means nothing in the new one. */
async function create(
  { name, owner }: CommandOf<'CreateOrganization'>,
  context: CommandContext,
): Promise<Handled> {
  const memberId = context.newId();
  const actor = { type: 'user', id: memberId, name: owner.name } as const;
  const asMember = { ...context, actor, metadata: { ...context.metadata, actor } };
  const { organization, roster } = await foundOrganization(asMember, { name, owner: { memberId, ...owner } });
  return { data: OrganizationDirectory.of(organization.after).organization, position: roster.position };
}
