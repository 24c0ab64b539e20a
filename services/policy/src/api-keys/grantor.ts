import { ROLE_SCOPES, type Actor } from '@portcullis/contracts';
import { foldEvents } from '@portcullis/eventing';
import { readOwn, type CommandContext } from '../commands/command-context.js';
import { rosterDecider } from '../members/roster.decider.js';
import { rosterStream, type RosterEvent, type RosterState } from '../members/roster.js';
import { apiKeyDecider, type Grantor } from './api-key.decider.js';
import { apiKeyStream, type ApiKeyEvent } from './api-key.js';

export interface Creator {
  readonly grantor: Grantor;
  /** Member who answers for what the creator makes. */
  readonly ownerId: string | null;
  /** An owner, or a key of an owner's with every right. */
  readonly owner: boolean;
}

const NOTHING: Creator = { grantor: { scopes: [], connections: [] }, ownerId: null, owner: false };

/** What the actor of a command may hand on, by what is recorded of it; who cannot be found may hand on nothing. */
export async function creatorOf(context: CommandContext): Promise<Creator> {
  return (await finders[context.actor.type]?.(context)) ?? NOTHING;
}

const finders: Partial<Record<Actor['type'], (context: CommandContext) => Promise<Creator | null>>> = {
  async api_key(context) {
    const { events } = await readOwn(context, apiKeyStream(context.actor.id));
    const key = foldEvents(apiKeyDecider, events as unknown as ApiKeyEvent[]);
    if (
      !key ||
      key.revoked ||
      (key.expiresAt !== null && Date.parse(key.expiresAt) <= Date.parse(context.now))
    )
      return null;
    const answers = key.ownerId === null ? undefined : (await members(context)).get(key.ownerId);
    const owner = answers?.role === 'owner' && key.scopes.includes('admin');
    return { grantor: { scopes: key.scopes, connections: key.connections }, ownerId: key.ownerId, owner };
  },
  async user(context) {
    const member = (await members(context)).get(context.actor.id);
    if (!member) return null;
    return {
      grantor: { scopes: ROLE_SCOPES[member.role], connections: null },
      ownerId: context.actor.id,
      owner: member.role === 'owner',
    };
  },
};

async function members(context: CommandContext): Promise<RosterState> {
  const { events } = await readOwn(context, rosterStream(context.tenantId));
  return foldEvents(rosterDecider, events as unknown as RosterEvent[]);
}
