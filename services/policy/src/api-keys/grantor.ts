import type { Actor } from '@portcullis/contracts';
import { foldEvents } from '@portcullis/eventing';
import { readOwn, type CommandContext } from '../commands/command-context.js';
import { rosterDecider } from '../members/roster.decider.js';
import { rosterStream, type RosterEvent } from '../members/roster.js';
import { apiKeyDecider, type Grantor } from './api-key.decider.js';
import { apiKeyStream, type ApiKeyEvent } from './api-key.js';

export interface Creator {
  readonly grantor: Grantor;
  /** Member who answers for what the creator makes. */
  readonly ownerId: string | null;
}

const NOTHING: Creator = { grantor: { scopes: [], connections: [] }, ownerId: null };

/** What the actor of a command may hand on, by what is recorded of it; who cannot be found may hand on nothing. */
export async function creatorOf(context: CommandContext): Promise<Creator> {
  return (await finders[context.actor.type]?.(context)) ?? NOTHING;
}

const finders: Partial<Record<Actor['type'], (context: CommandContext) => Promise<Creator | null>>> = {
  async api_key(context) {
    const { events } = await readOwn(context, apiKeyStream(context.actor.id));
    const key = foldEvents(apiKeyDecider, events as unknown as ApiKeyEvent[]);
    if (!key || key.revoked || (key.expiresAt !== null && Date.parse(key.expiresAt) <= Date.parse(context.now))) return null;
    return { grantor: { scopes: key.scopes, connections: key.connections }, ownerId: key.ownerId };
  },
  async user(context) {
    const { events } = await readOwn(context, rosterStream(context.tenantId));
    const member = foldEvents(rosterDecider, events as unknown as RosterEvent[]).get(context.actor.id);
    if (!member) return null;
    const administers = member.role === 'owner' || member.role === 'admin';
    return { grantor: { scopes: administers ? ['admin'] : [], connections: null }, ownerId: context.actor.id };
  },
};
