import type { Role } from '@portcullis/contracts';
import { queryOptions } from '@tanstack/react-query';
import { ask } from '../api/ask.js';

export interface InvitationView {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** The answer to inviting holds the link's token, this once. */
export interface MadeInvitation extends InvitationView {
  readonly token: string;
}

export const invitationsQuery = queryOptions({
  queryKey: ['invitations'],
  queryFn: () => ask<InvitationView[]>('GET', '/api/v1/invitations'),
});

/** The address to hand to whoever was invited: a page of the dashboard that the inviting person has before them. */
export function invitationLink({ token }: Pick<MadeInvitation, 'token'>, origin: string): string {
  return `${origin}/invitations/${encodeURIComponent(token)}`;
}
