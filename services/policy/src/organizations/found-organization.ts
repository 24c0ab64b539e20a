import { changeStream, type Changed, type CommandContext } from '../commands/command-context.js';
import { rosterDecider } from '../members/roster.decider.js';
import { rosterStream } from '../members/roster.js';
import { organizationDecider } from './organization.decider.js';
import { organizationStream } from './organization.js';

export interface Founding {
  readonly name: string;
  readonly owner: { readonly memberId: string; readonly email: string; readonly name: string };
}

/** The context's organization comes to be, with its first owner: one without would let nobody in. */
export async function foundOrganization(
  context: CommandContext,
  { name, owner }: Founding,
): Promise<{ organization: Changed; roster: Changed }> {
  const organization = await changeStream(context, {
    stream: organizationStream(context.tenantId),
    decider: organizationDecider,
    command: { type: 'CreateOrganization', name, defaultAction: 'deny' },
  });
  const roster = await changeStream(context, {
    stream: rosterStream(context.tenantId),
    decider: rosterDecider,
    command: { type: 'AddMember', ...owner, role: 'owner' },
  });
  return { organization, roster };
}
